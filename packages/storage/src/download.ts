export { runStorageInitializer, type StorageInitializerOptions } from './initializer/run.ts';
export type { BuiltinGenerator } from './schemes/scheme.ts';
export type { Env } from './transfer/http.ts';

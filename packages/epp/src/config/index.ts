export { migrateConfig } from './migrate.ts';
export { problemsText, type Resolution, type ResolveOptions, resolveConfig } from './resolve.ts';

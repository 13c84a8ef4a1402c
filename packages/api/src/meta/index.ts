export { childName } from './names.ts';
export * from './objects.ts';
export { resources } from './resources.ts';

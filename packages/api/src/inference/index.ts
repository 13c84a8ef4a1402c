export { fromPoolSpecV1alpha2, toPoolSpecV1alpha2 } from './convert.ts';
export * from './objective.ts';
export * from './types.ts';

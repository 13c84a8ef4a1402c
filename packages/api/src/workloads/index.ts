/** Types of the built-in kinds that the project reads or writes, generated from Kubernetes' OpenAPI documents. */
export type * from '../gen/kubernetes.ts';
export type * from './leader-worker-set.ts';

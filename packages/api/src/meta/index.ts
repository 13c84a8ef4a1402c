export * from './field-error.ts';
export { type MergeField, type MergeNode, mergeNodeOf } from './merge-node.ts';
export { childName } from './names.ts';
export * from './objects.ts';
export { parseQuantity } from './quantity.ts';
export { resources } from './resources.ts';
export { failureStatus, forbiddenStatus, invalidStatus } from './status.ts';
export { strategicMerge } from './strategic-merge.ts';

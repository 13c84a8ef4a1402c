export type { AdmissionPlugin, AdmissionRequest, AdmissionResult, Converter } from './admission.ts';
export { copyJson } from './copy-json.ts';
export * from './field-error.ts';
export { jsonDepth } from './json-depth.ts';
export {
  isEmptySelector,
  matchesLabels,
  matchesRequirement,
  matchesSelector,
} from './label-selector.ts';
export { type MergeField, type MergeNode, mergeNodeOf } from './merge-node.ts';
export { childName } from './names.ts';
export * from './objects.ts';
export { parseQuantity } from './quantity.ts';
export { resources } from './resources.ts';
export { failureStatus, forbiddenStatus, invalidStatus } from './status.ts';
export { strategicMerge } from './strategic-merge.ts';

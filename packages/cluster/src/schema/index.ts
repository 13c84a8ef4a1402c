export { applyConflictStatus } from './apply/conflict-status.ts';
export { isUnchanged } from './apply/is-unchanged.ts';
export {
  type ApplyConflict,
  type ApplyOptions,
  type ApplyResult,
  serverSideApply,
} from './apply/server-side-apply.ts';
export { type TrackOptions, trackUpdate } from './apply/track-update.ts';
export { structuralOfCrd } from './build-structural.ts';
export {
  type BuiltinKind,
  type BuiltinSubresource,
  builtinKinds,
  builtinSchema,
  objectMetaSchema,
  schemaNamed,
} from './builtin.ts';
export { compileCel } from './cel/program.ts';
export { toCelValue } from './cel/values.ts';
export { builtinTypeError, strictDecodingMessage } from './decode.ts';
export { applyDefaults } from './defaults.ts';
export { duplicateFields } from './duplicate-fields.ts';
export { omitEmpty } from './omit-empty.ts';
export {
  type CustomOpenApiResource,
  createOpenApiDocuments,
  type OpenApiDocument,
  type OpenApiDocuments,
} from './openapi/documents.ts';
export { type Pruned, prune } from './prune.ts';
export type { StructuralSchema, ValidationRule } from './structural.ts';
export { hasWrongTypes, validateCustomResource } from './validate-custom-resource.ts';

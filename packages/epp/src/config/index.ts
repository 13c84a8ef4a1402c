export { migrateConfig } from './migrate.ts';
export {
  type ConfigDocument,
  type DocumentPlugin,
  hasPlugin,
  isTokenizerSidecarObsolete,
  migrateConfigDocument,
  PickerFlagError,
  PickerVersionError,
  readConfigDocument,
  removedFlags,
  writeConfigDocument,
} from './migrations/index.ts';
export { isNotBuilt, problemsText, type Resolution, type ResolveOptions, resolveConfig } from './resolve.ts';

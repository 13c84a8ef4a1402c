export { aborted, delay, onAbort, withDeadline } from './abort.ts';
export {
  type AppliedObject,
  applyOwned,
  type DesiredObject,
  deleteOwned,
  isOwnedBy,
  mayWrite,
  NotOwnedError,
} from './apply.ts';
export { Backoff } from './backoff.ts';
export {
  type ApplyOptions,
  type CallOptions,
  Client,
  type ClientOptions,
  type DeleteOptions,
  type ListOptions,
  type PatchType,
  type WatchOptions,
  type WriteOptions,
} from './client.ts';
export {
  Controller,
  type ControllerOptions,
  type ReconcileOutcome,
  type Reconciler,
  type Result,
} from './controller.ts';
export { DefinitionWatch } from './definition-watch.ts';
export { isKubeError, KubeError, type KubeErrorReason, kubeErrorFrom, TerminalError } from './errors.ts';
export type { Fetch, FetchInit } from './fetch.ts';
export { Informer, type InformerOptions } from './informer.ts';
export { LeaderElector, type LeaderElectorOptions } from './leader-elector.ts';
export type { ChangeHandler, ObjectChange } from './object-store.ts';
export { OwnedFields } from './owned-fields.ts';
export { type Query, resourcePath } from './paths.ts';
export { EventRecorder, type EventType } from './recorder.ts';
export { migrateStorage, type StorageMigrationOptions } from './storage-migration.ts';
export { ValuePool } from './value-pool.ts';
export { readWatch, type WatchEvent } from './watch.ts';
export { WorkQueue } from './workqueue.ts';

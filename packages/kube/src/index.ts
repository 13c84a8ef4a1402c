export { type AppliedObject, applyDesired, type DesiredObject, isOwnedBy, NotOwnedError } from './apply.ts';
export { aborted, Backoff, delay } from './backoff.ts';
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
export { isKubeError, KubeError, type KubeErrorReason, kubeErrorFrom, TerminalError } from './errors.ts';
export type { Fetch, FetchInit } from './fetch.ts';
export { type ChangeHandler, Informer, type InformerOptions, type ObjectChange } from './informer.ts';
export { LeaderElector, type LeaderElectorOptions } from './leader-elector.ts';
export { type Query, resourcePath } from './paths.ts';
export { EventRecorder, type EventType } from './recorder.ts';
export { readWatch, type WatchEvent } from './watch.ts';
export { WorkQueue } from './workqueue.ts';

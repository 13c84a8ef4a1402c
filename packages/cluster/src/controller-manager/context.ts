import type { Logger } from '@weir/core/log';
import type { Client, EventRecorder } from '@weir/kube';
import type { SharedInformers } from './shared-informers.ts';

/** What every controller gets. Cached objects of the informers are shared: copy before changing. */
export interface ControllerContext {
  readonly client: Client;
  readonly informers: SharedInformers;
  readonly recorder: EventRecorder;
  readonly log: Logger;
  readonly now: () => Date;
}

/** RFC 3339 with seconds, as the API server keeps times. */
export function timeText(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

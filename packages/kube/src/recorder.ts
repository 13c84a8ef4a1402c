import { apiVersionOf, type KubeObject, resources } from '@weir/api/meta';
import { shortHash } from '@weir/core/hash';
import type { Logger } from '@weir/core/log';
import type { Client } from './client.ts';
import { isKubeError } from './errors.ts';
import { EventSpamFilter } from './event-spam-filter.ts';

export type EventType = 'Normal' | 'Warning';

interface EventObject extends KubeObject {
  involvedObject: Record<string, string>;
  reason: string;
  message: string;
  type: EventType;
  count: number;
  firstTimestamp: string;
  lastTimestamp: string;
  source: { component: string; host?: string };
  reportingComponent: string;
  reportingInstance: string;
}

/**
 * Writes core/v1 Events. The same event about the same object has one name, so a repetition raises its count
 * instead of adding an object; too many of one reason about one object are dropped. Failures are logged and never reach the caller: events are hints.
 */
export class EventRecorder {
  readonly #client: Client;
  readonly #component: string;
  readonly #log: Logger;
  readonly #now: () => Date;
  readonly #spamFilter = new EventSpamFilter();

  constructor(options: {
    readonly client: Client;
    readonly component: string;
    readonly log: Logger;
    readonly now?: () => Date;
  }) {
    this.#client = options.client;
    this.#component = options.component;
    this.#log = options.log;
    this.#now = options.now ?? (() => new Date());
  }

  async record(object: KubeObject, type: EventType, reason: string, message: string): Promise<void> {
    const subject = object.metadata.uid ?? `${object.metadata.namespace}/${object.metadata.name}`;
    if (!this.#spamFilter.admits(`${subject} ${reason}`, this.#now().getTime())) return;
    const text = message.length > 1024 ? `${message.slice(0, 1021)}...` : message;
    try {
      await this.#write(object, type, reason, text);
    } catch (error) {
      this.#log.debug('event not recorded', { reason, error: String(error) });
    }
  }

  async #write(object: KubeObject, type: EventType, reason: string, message: string): Promise<void> {
    const namespace = object.metadata.namespace ?? 'default';
    const suffix = shortHash([object.metadata.uid, type, reason, message, this.#component]);
    const name = `${(object.metadata.name ?? '').slice(0, 240)}.${suffix}`;
    const now = this.#now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
    const kind = { ...resources.events } as typeof resources.events & { shape?: EventObject };
    const event: EventObject = {
      apiVersion: apiVersionOf(kind),
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        name: object.metadata.name ?? '',
        ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
        ...(object.metadata.uid === undefined ? {} : { uid: object.metadata.uid }),
        ...(object.metadata.resourceVersion === undefined
          ? {}
          : { resourceVersion: object.metadata.resourceVersion }),
      },
      reason,
      message,
      type,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
      source: { component: this.#component },
      reportingComponent: this.#component,
      reportingInstance: '',
    };
    try {
      await this.#client.create<KubeObject>(kind, event);
    } catch (error) {
      if (!isKubeError(error, 'AlreadyExists')) throw error;
      const existing = (await this.#client.get<KubeObject>(kind, { namespace, name })) as EventObject;
      await this.#client.patch(
        kind,
        { namespace, name },
        { count: (existing.count ?? 1) + 1, lastTimestamp: now },
      );
    }
  }
}

import { apiVersionOf, type KubeObject, keyText, type ObjectKey, resources } from '@weir/api/meta';
import { shortHash } from '@weir/core/hash';
import type { Logger } from '@weir/core/log';
import type { Client } from './client.ts';
import { isKubeError } from './errors.ts';
import { EventSpamFilter } from './event-spam-filter.ts';

/** Repetitions of older events are found at the server. */
const maxKnown = 1024;

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
 * instead of adding an object; too many of one reason about one object are dropped. Failures are logged and never
 * reach the caller: events are hints.
 */
export class EventRecorder {
  readonly #client: Client;
  readonly #component: string;
  readonly #log: Logger;
  readonly #now: () => Date;
  readonly #spamFilter = new EventSpamFilter();
  /** How often the latest events were recorded, by namespace and name. */
  readonly #counts = new Map<string, number>();

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
    const key = { namespace, name };
    const known = this.#counts.get(keyText(key));
    if (known !== undefined && (await this.#raise(key, known + 1, now))) return;
    try {
      await this.#client.create<KubeObject>(kind, event);
      this.#remember(key, 1);
    } catch (error) {
      if (!isKubeError(error, 'AlreadyExists')) throw error;
      const existing = (await this.#client.get<KubeObject>(kind, key)) as EventObject;
      await this.#raise(key, (existing.count ?? 1) + 1, now);
    }
  }

  /** False when the event is gone: servers keep them for an hour or so. */
  async #raise(key: ObjectKey, count: number, now: string): Promise<boolean> {
    try {
      await this.#client.patch(resources.events, key, { count, lastTimestamp: now });
      this.#remember(key, count);
      return true;
    } catch (error) {
      if (!isKubeError(error, 'NotFound')) throw error;
      return false;
    }
  }

  #remember(key: ObjectKey, count: number): void {
    this.#counts.delete(keyText(key));
    this.#counts.set(keyText(key), count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > maxKnown && oldest !== undefined) this.#counts.delete(oldest);
  }
}

import type { KubeObject } from '@weir/api/meta';

/** One committed change, as watches see it. `previous` is the state before; a deletion carries the last state. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: string;
  readonly revision: number;
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

/** The newest changes in order of revision, for watches that start in the past. */
export class EventLog {
  readonly #capacity: number;
  #events: StoreEvent[] = [];
  #floor = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Changes up to this revision are not known any more. */
  get floor(): number {
    return this.#floor;
  }

  /** Forgets everything up to a revision, after a snapshot was loaded. */
  startAt(revision: number): void {
    this.#events = [];
    this.#floor = revision;
  }

  push(event: StoreEvent): void {
    this.#events.push(event);
    // Cut in steps, so that a full log costs nothing per event.
    if (this.#events.length > this.#capacity * 1.25) {
      const dropped = this.#events.splice(0, this.#events.length - this.#capacity);
      this.#floor = dropped.at(-1)?.revision ?? this.#floor;
    }
  }

  /** Changes after `revision`, oldest first; null when some of them were dropped already. */
  after(revision: number): readonly StoreEvent[] | null {
    if (revision < this.#floor) return null;
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low);
  }
}

import type { EndCause, PickedDecision, Picker } from '@weir/epp';
import type { Endpoint, ProxyContext } from './context.ts';

/** Where one request may go, in order of preference; and who wants to know how it went. */
export interface Targets {
  /** The next endpoint to try, or null when there is none left. */
  next(): Endpoint | null;
  onResponseHeaders(status: number): void;
  /** Called exactly once. */
  onEnd(cause: EndCause): void;
}

const maxAttempts = 3;

/** Endpoints of a Service in turn, those that refused a connection just now last. */
export class ServiceTargets implements Targets {
  readonly #endpoints: readonly Endpoint[];
  #attempts = 0;

  constructor(context: ProxyContext, endpoints: readonly Endpoint[], turn: number) {
    const rotated = endpoints.map((_, i) => endpoints[(turn + i) % endpoints.length] as Endpoint);
    const isUsable = (endpoint: Endpoint) => !context.upstreams.hasRefused(endpoint.address);
    this.#endpoints = [...rotated.filter(isUsable), ...rotated.filter((endpoint) => !isUsable(endpoint))];
  }

  next(): Endpoint | null {
    return this.#attempts < maxAttempts ? (this.#endpoints[this.#attempts++] ?? null) : null;
  }

  onResponseHeaders(): void {}

  onEnd(): void {}
}

/** What a picker decided: its target, its fallbacks, then whatever other endpoint of the pool is least busy. */
export class PickedTargets implements Targets {
  readonly #context: ProxyContext;
  readonly #picker: Picker;
  readonly #decision: PickedDecision;
  readonly #tried = new Set<string>();

  constructor(context: ProxyContext, picker: Picker, decision: PickedDecision) {
    this.#context = context;
    this.#picker = picker;
    this.#decision = decision;
  }

  next(): Endpoint | null {
    if (this.#tried.size >= maxAttempts) return null;
    const { target, fallbacks } = this.#decision;
    const isUntried = (endpoint: Endpoint) => !this.#tried.has(endpoint.address);
    const chosen =
      [target, ...fallbacks].find(isUntried) ??
      leastBusy(this.#context, this.#picker.endpoints().filter(isUntried));
    if (chosen === null) return null;
    if (this.#tried.size > 0) this.#picker.onRetarget(this.#decision, chosen.address);
    this.#tried.add(chosen.address);
    return chosen;
  }

  onResponseHeaders(status: number): void {
    this.#picker.onResponseHeaders(this.#decision, { status });
  }

  onEnd(cause: EndCause): void {
    this.#picker.onEnd(this.#decision, cause);
  }
}

/** Members of a pool whose picker failed open: least in flight first. */
export class FallbackTargets implements Targets {
  readonly #context: ProxyContext;
  readonly #members: readonly Endpoint[];
  readonly #tried = new Set<string>();

  constructor(context: ProxyContext, members: readonly Endpoint[]) {
    this.#context = context;
    this.#members = members;
  }

  next(): Endpoint | null {
    if (this.#tried.size >= maxAttempts) return null;
    const chosen = leastBusy(
      this.#context,
      this.#members.filter(({ address }) => !this.#tried.has(address)),
    );
    if (chosen !== null) this.#tried.add(chosen.address);
    return chosen;
  }

  onResponseHeaders(): void {}

  onEnd(): void {}
}

function leastBusy(context: ProxyContext, endpoints: readonly Endpoint[]): Endpoint | null {
  let best: Endpoint | null = null;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const endpoint of endpoints) {
    const { address } = endpoint;
    const cost =
      context.inFlight.of(address) + (context.upstreams.hasRefused(address) ? 1e6 : 0) + context.random() / 2;
    if (cost < bestCost) {
      best = endpoint;
      bestCost = cost;
    }
  }
  return best;
}

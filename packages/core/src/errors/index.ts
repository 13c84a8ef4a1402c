/**
 * Typed errors. Every package declares its catalogue once with `defineErrors`; a user-facing message says what
 * failed, the object and field, and what to do (architecture section 11).
 */

export interface ErrorDefinition {
  /** HTTP status that an edge answers with. */
  readonly status: number;
  /** Message template; `{name}` is replaced by the parameter of that name. */
  readonly message: string;
  /** One line for the generated reference: when it happens and what to do. */
  readonly docs: string;
}

/** An expected failure: has a stable code, an HTTP status and a message fit for users. */
export class WeirError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    status: number,
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'WeirError';
    this.code = code;
    this.status = status;
    this.details = options.details ?? {};
  }
}

export type ErrorFactory = (
  parameters?: Readonly<Record<string, string | number>>,
  options?: { cause?: unknown; details?: Readonly<Record<string, unknown>> },
) => WeirError;

/**
 * Declares a catalogue: `defineErrors('GATEWAY', { PORT_IN_USE: {...} })` gives factories that make errors with
 * code `GATEWAY_PORT_IN_USE`.
 */
export function defineErrors<const T extends Readonly<Record<string, ErrorDefinition>>>(
  prefix: string,
  definitions: T,
): { readonly [K in keyof T]: ErrorFactory } {
  const factories: Record<string, ErrorFactory> = {};
  for (const [name, definition] of Object.entries(definitions)) {
    factories[name] = (parameters = {}, options = {}) =>
      new WeirError(`${prefix}_${name}`, definition.status, fill(definition.message, parameters), options);
  }
  return factories as { readonly [K in keyof T]: ErrorFactory };
}

function fill(template: string, parameters: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole));
}

/** Turns anything thrown into an Error; called once per edge. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(typeof thrown === 'string' ? thrown : JSON.stringify(thrown), { cause: thrown });
}

/** The candidate closest to `word` (at most a third of its letters off; two swapped neighbours count as one), or null. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Edit distance where swapped neighbours count once, or `limit` as soon as it is certain to reach it. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? (beforePrevious[j - 2] ?? 0) + 1 : limit;
      current.push(Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution, swap));
    }
    if (Math.min(...current) >= limit && Math.min(...previous) >= limit) return limit;
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? limit;
}

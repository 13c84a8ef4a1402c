interface Tally {
  inARow: number;
  toldAtMs: number;
  /** What is still to be told. */
  alarm: RouteAlarm | null;
}

/** Several requests in a row failed that a route had taken. */
export interface RouteAlarm {
  readonly at: string;
  readonly message: string;
}

/** A single failure may be an endpoint that just went. */
const failuresThatCount = 3;
/** A route that fails for some and not for others is told of so often. */
const quietMs = 10_000;

/** Notices routes whose requests fail one after another, for those who want to look into it. */
export class RouteFailures {
  readonly #tallies = new Map<string, Tally>();
  readonly #onAlarm: () => void;
  readonly #nowMs: () => number;

  constructor(onAlarm: () => void, nowMs: () => number = () => performance.now()) {
    this.#onAlarm = onAlarm;
    this.#nowMs = nowMs;
  }

  /** A request of the route (`namespace/name`) is over; `failure` says how it failed, null that it did not. */
  onEnd(route: string, failure: string | null): void {
    const tally = this.#tallies.get(route);
    if (failure === null) {
      if (tally !== undefined) tally.inARow = 0;
      return;
    }
    const next = tally ?? { inARow: 0, toldAtMs: Number.NEGATIVE_INFINITY, alarm: null };
    this.#tallies.set(route, next);
    next.inARow++;
    if (next.inARow !== failuresThatCount || this.#nowMs() - next.toldAtMs < quietMs) return;
    next.toldAtMs = this.#nowMs();
    const message = `${failuresThatCount} requests in a row failed, the last with ${failure}`;
    next.alarm = { at: new Date().toISOString().replace(/\.\d+Z$/, 'Z'), message };
    this.#onAlarm();
  }

  /** What is to be told of a route; null when nothing is, or somebody has told of it by `knownAt`. */
  alarmOf(route: string, knownAt: string | undefined): RouteAlarm | null {
    const tally = this.#tallies.get(route);
    if (tally === undefined || tally.alarm === null) return null;
    if (knownAt !== undefined && knownAt >= tally.alarm.at) tally.alarm = null;
    return tally.alarm;
  }

  /** Routes that are gone need no count. */
  keep(routes: ReadonlySet<string>): void {
    for (const route of this.#tallies.keys()) if (!routes.has(route)) this.#tallies.delete(route);
  }
}

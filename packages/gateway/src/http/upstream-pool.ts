import { UpstreamConnection } from './upstream-connection.ts';

/** Idle keep-alive connections by address, newest first; and which addresses refused a connection just now. */
export class UpstreamPool {
  readonly #idle = new Map<string, UpstreamConnection[]>();
  readonly #refusedUntilMs = new Map<string, number>();
  readonly #keepAliveMs: number;
  readonly #timer: NodeJS.Timeout;

  constructor(keepAliveMs: number) {
    this.#keepAliveMs = keepAliveMs;
    this.#timer = setInterval(() => this.#closeExpired(), Math.min(500, keepAliveMs));
    this.#timer.unref();
  }

  acquire(address: string): UpstreamConnection {
    const idle = this.#idle.get(address);
    for (let connection = idle?.pop(); connection !== undefined; connection = idle?.pop()) {
      if (connection.isReusable) return connection;
    }
    return this.connect(address);
  }

  /** A new connection, for a request that a kept one failed. */
  connect(address: string): UpstreamConnection {
    return new UpstreamConnection(address);
  }

  release(connection: UpstreamConnection): void {
    if (!connection.isReusable) return;
    connection.idleSinceMs = performance.now();
    connection.onIdleClose = this.#forget;
    const idle = this.#idle.get(connection.address);
    if (idle === undefined) this.#idle.set(connection.address, [connection]);
    else idle.push(connection);
  }

  /** Remembers for two seconds that nobody listens there: discovery is slower than a refused connection. */
  markRefused(address: string): void {
    this.#refusedUntilMs.set(address, performance.now() + 2000);
  }

  hasRefused(address: string): boolean {
    const until = this.#refusedUntilMs.get(address);
    return until !== undefined && until > performance.now();
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const connections of this.#idle.values()) for (const connection of connections) connection.close();
    this.#idle.clear();
  }

  readonly #forget = (connection: UpstreamConnection): void => {
    const idle = this.#idle.get(connection.address);
    const i = idle?.indexOf(connection) ?? -1;
    if (i >= 0) idle?.splice(i, 1);
  };

  #closeExpired(): void {
    const now = performance.now();
    for (const [address, connections] of this.#idle) {
      const kept = connections.filter((connection) => {
        const isFresh = connection.isReusable && now - connection.idleSinceMs < this.#keepAliveMs;
        if (!isFresh) connection.close();
        return isFresh;
      });
      if (kept.length === 0) this.#idle.delete(address);
      else this.#idle.set(address, kept);
    }
    for (const [address, until] of this.#refusedUntilMs)
      if (until < now) this.#refusedUntilMs.delete(address);
  }
}

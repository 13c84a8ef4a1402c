import { toError } from '@weir/core/errors';
import { HttpListener } from '../http/http-listener.ts';
import type { ProxyContext } from '../proxy/context.ts';
import { formatErrorReply } from '../proxy/error-reply.ts';
import { Exchange } from '../proxy/exchange.ts';
import { newRequestId } from '../proxy/request-id.ts';
import type { PortTable } from '../routing/table.ts';

export interface WantedPort {
  readonly address: string;
  readonly port: number;
  readonly table: PortTable;
}

interface BoundListener {
  readonly listener: HttpListener;
  table: PortTable;
}

const drainGraceMs = 10_000;

/** Keeps exactly the wanted ports bound. A port that stays is never closed: only its table is exchanged. */
export class PortBinder {
  readonly #context: ProxyContext;
  readonly #bound = new Map<string, BoundListener>();

  constructor(context: ProxyContext) {
    this.#context = context;
  }

  get connectionCount(): number {
    let count = 0;
    for (const { listener } of this.#bound.values()) count += listener.connectionCount;
    return count;
  }

  /** Returns why ports could not be bound, by `address:port`. */
  async apply(wanted: readonly WantedPort[]): Promise<Map<string, string>> {
    const failures = new Map<string, string>();
    const keys = new Set(wanted.map(portKey));
    for (const [key, { listener }] of this.#bound) {
      if (keys.has(key)) continue;
      this.#bound.delete(key);
      void listener.close(drainGraceMs);
    }
    for (const port of wanted) {
      const existing = this.#bound.get(portKey(port));
      if (existing !== undefined) existing.table = port.table;
      else await this.#bind(port, failures);
    }
    return failures;
  }

  async stop(graceMs: number): Promise<void> {
    const closing = [...this.#bound.values()].map(({ listener }) => listener.close(graceMs));
    this.#bound.clear();
    await Promise.all(closing);
  }

  async #bind(port: WantedPort, failures: Map<string, string>): Promise<void> {
    const { limits, deadlines, log } = this.#context;
    const bound: BoundListener = {
      table: port.table,
      listener: new HttpListener({
        host: port.address,
        port: port.port,
        limits,
        deadlines,
        onRequest: (head, connection) => {
          const exchange = new Exchange(this.#context, bound.table, head, connection);
          exchange.start();
          return exchange;
        },
        errorReply: ({ status, code, message }) =>
          formatErrorReply(
            { status, code, message },
            { requestId: newRequestId(), path: '', method: 'GET', closes: true },
          ),
      }),
    };
    try {
      await bound.listener.listen();
      this.#bound.set(portKey(port), bound);
      log.info('listening', { address: port.address, port: port.port });
    } catch (error) {
      const reason = toError(error).message;
      failures.set(portKey(port), reason);
      log.warn('port is not available', { address: port.address, port: port.port, error: reason });
    }
  }
}

export function portKey(port: { readonly address: string; readonly port: number }): string {
  return `${port.address}:${port.port}`;
}

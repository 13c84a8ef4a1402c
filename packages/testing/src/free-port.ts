import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections (from 32,768 or 49,152): a port of those that was free a
 * moment ago may be anybody's by the time that a program binds it.
 */
const firstPort = 20_000;
const lastPort = 29_999;

/** Other processes choose, too: each begins somewhere else, and none gives a port twice until it has given all. */
let next = firstPort + Math.floor(Math.random() * (lastPort - firstPort));

/** A TCP port of 127.0.0.1 for a program that cannot choose one by itself. */
export function freePort(): Promise<number> {
  return freePorts(1);
}

/** The first of `count` consecutive ports of 127.0.0.1 that are free. */
export async function freePorts(count: number): Promise<number> {
  for (let tried = 0; tried <= lastPort - firstPort; tried += count) {
    const first = next + count - 1 > lastPort ? firstPort : next;
    next = first + count;
    if (await areFree(first, count)) return first;
  }
  throw new Error(`no ${count} consecutive ports from ${firstPort} to ${lastPort} are free`);
}

async function areFree(first: number, count: number): Promise<boolean> {
  for (let port = first; port < first + count; port++) if (!(await isFree(port))) return false;
  return true;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections (from 32,768 or 49,152): a port of those that was free a
 * moment ago may be anybody's by the time that a program binds it. Test workers that run side by side have a part each.
 */
const partSize = 2500;
const worker = Number(process.env.VITEST_POOL_ID ?? 1);
const firstPort = 20_000 + (worker % 4) * partSize;
const lastPort = firstPort + partSize - 1;

/** No port is given twice until all were given; another run of the tests is likely to begin somewhere else. */
let next = firstPort + Math.floor(Math.random() * partSize);

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

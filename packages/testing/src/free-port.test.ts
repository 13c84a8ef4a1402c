import { createServer, type Server } from 'node:net';
import { expect, test } from 'vitest';
import { freePort, freePorts } from './free-port.ts';

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

test('ports are given one after another, and those that somebody has are passed over', async () => {
  const first = await freePort();
  expect(first).toBeGreaterThanOrEqual(20_000);
  expect(first).toBeLessThan(30_000);
  const taken = await listen(await freePort());
  const block = await freePorts(10);
  const servers = await Promise.all(Array.from({ length: 10 }, (_, index) => listen(block + index)));
  const others = await Promise.all([freePort(), freePort(), freePort()]);
  expect(new Set([first, block, ...others]).size).toBe(5);
  for (const port of others) expect(port < block || port >= block + 10).toBe(true);
  for (const server of [taken, ...servers]) server.close();
});

import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { hasListeners, portOwner } from './port-owner.ts';

test.skipIf(process.platform !== 'linux')(
  'a listener is found by its port and by the range of its address',
  async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.90.33.7', resolve));
    const address = server.address();
    expect(portOwner(typeof address === 'object' && address !== null ? address.port : 0)).toContain(
      `(pid ${process.pid})`,
    );
    expect([
      hasListeners('127.90.32.0/20'),
      hasListeners('127.90.48.0/20'),
      hasListeners('127.91.32.0/20'),
    ]).toEqual([true, false, false]);
    await new Promise((resolve) => server.close(resolve));
    expect(hasListeners('127.90.32.0/20')).toBe(false);
  },
);

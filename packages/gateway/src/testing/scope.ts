import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach } from 'vitest';
import { startHttpBackend, startRawBackend, type TestBackend } from './backend.ts';
import { startTestCluster, type TestCluster } from './cluster.ts';

export interface TestScope {
  http(listener: RequestListener): Promise<TestBackend>;
  raw(onConnection: (socket: Socket) => void): Promise<TestBackend>;
  cluster(...parameters: Parameters<typeof startTestCluster>): Promise<TestCluster>;
}

/** Starts backends and gateways that end with the test that started them. */
export function useTestScope(): TestScope {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  const keep = <T>(value: T, cleanup: () => unknown): T => {
    cleanups.push(cleanup);
    return value;
  };
  return {
    async http(listener) {
      const backend = await startHttpBackend(listener);
      return keep(backend, () => backend.kill());
    },
    async raw(onConnection) {
      const backend = await startRawBackend(onConnection);
      return keep(backend, () => backend.kill());
    },
    async cluster(...parameters) {
      const cluster = await startTestCluster(...parameters);
      return keep(cluster, () => cluster.stop());
    },
  };
}

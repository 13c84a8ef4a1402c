import { silentLogger } from '@weir/core/log';
import { MetricsRegistry } from '@weir/core/metrics';
import { Client } from '@weir/kube';
import { expect, test } from 'vitest';
import { startElection } from './election.ts';
import { createControllerMetrics } from './metrics.ts';
import { leaseName } from './names.ts';

/** A server at which another candidate holds the lease for an hour. */
function serverOfAnother(writes: string[]): Client {
  const now = new Date().toISOString();
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: 'kserve', name: leaseName, resourceVersion: '1' },
    spec: { holderIdentity: 'another', leaseDurationSeconds: 3600, renewTime: now, acquireTime: now },
  };
  return new Client({
    fieldManager: 'test',
    fetch: async (path, init) => {
      if ((init?.method ?? 'GET') !== 'GET') writes.push(path);
      return Response.json(lease);
    },
  });
}

const campaign = (client: Client, signal: AbortSignal) =>
  startElection({
    ...{ client, signal, systemNamespace: 'kserve', log: silentLogger },
    metrics: createControllerMetrics(new MetricsRegistry()),
  });

test('a candidate that was told to stop before it campaigns does not wait for the lease', async () => {
  const writes: string[] = [];
  const election = await campaign(serverOfAnother(writes), AbortSignal.abort());
  await election.end();
  expect(writes).toEqual([]);
});

test('a candidate that is told to stop while another leads ends, and leaves the lease alone', async () => {
  const writes: string[] = [];
  const stop = new AbortController();
  const waiting = campaign(serverOfAnother(writes), stop.signal);
  await new Promise((resolve) => setTimeout(resolve, 20));
  stop.abort();
  await (await waiting).end();
  expect(writes).toEqual([]);
});

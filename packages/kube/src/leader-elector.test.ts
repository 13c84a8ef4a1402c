import type { Lease } from '@weir/api/workloads';
import { silentLogger } from '@weir/core/log';
import { afterEach, expect, test } from 'vitest';
import { Client } from './client.ts';
import type { Fetch } from './fetch.ts';
import { LeaderElector, type LeaderElectorOptions } from './leader-elector.ts';

/** An API server with one lease and optimistic concurrency. */
class LeaseApi {
  lease: Lease | undefined;
  isDown = false;
  #version = 0;

  readonly fetch: Fetch = async (_, init) => {
    if (this.isDown) throw new Error('connection refused');
    if (init?.method === 'GET')
      return this.lease === undefined ? failure(404, 'NotFound') : Response.json(this.lease);
    const next = JSON.parse(String(init?.body)) as Lease;
    if (init?.method === 'POST' && this.lease !== undefined) return failure(409, 'AlreadyExists');
    if (init?.method === 'PUT' && next.metadata.resourceVersion !== this.lease?.metadata.resourceVersion)
      return failure(409, 'Conflict');
    this.lease = { ...next, metadata: { ...next.metadata, resourceVersion: String(++this.#version) } };
    return Response.json(this.lease);
  };
}

function failure(code: number, reason: string): Response {
  return Response.json({ kind: 'Status', status: 'Failure', code, reason }, { status: code });
}

const controllers: AbortController[] = [];
afterEach(() => {
  for (const controller of controllers.splice(0)) controller.abort();
});

function campaign(
  api: LeaseApi,
  identity: string,
  options: Partial<LeaderElectorOptions> = {},
): { elector: LeaderElector; stop: () => Promise<void> } {
  const controller = new AbortController();
  controllers.push(controller);
  const elector = new LeaderElector({
    client: new Client({ fetch: api.fetch, fieldManager: identity }),
    lease: { namespace: 'ns', name: 'lease' },
    identity,
    log: silentLogger,
    now: Date.now,
    leaseDurationMs: 60_000,
    renewDeadlineMs: 150,
    retryMs: 20,
    ...options,
  });
  elector.start(controller.signal);
  return {
    elector,
    stop: () => {
      controller.abort();
      return elector.stopped();
    },
  };
}

test('one of two candidates leads, and the other follows at once when it gives the lease back', async () => {
  const api = new LeaseApi();
  const first = campaign(api, 'a');
  await until(() => first.elector.isLeader);
  const second = campaign(api, 'b');
  await pause(100);
  expect(second.elector.isLeader).toBe(false);
  expect(api.lease?.spec).toMatchObject({
    holderIdentity: 'a',
    leaseDurationSeconds: 60,
    leaseTransitions: 0,
  });
  expect(api.lease?.spec?.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  await first.stop();
  await until(() => second.elector.isLeader);
  expect(api.lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
});

test('a leader that cannot renew steps down before its lease runs out, and comes back', async () => {
  const api = new LeaseApi();
  const { elector } = campaign(api, 'a');
  await until(() => elector.isLeader);
  api.isDown = true;
  await until(() => !elector.isLeader);
  api.isDown = false;
  await until(() => elector.isLeader);
});

test('a lease whose holder fell silent is taken over after its duration', async () => {
  const api = new LeaseApi();
  const silent = { holderIdentity: 'dead', leaseDurationSeconds: 1, leaseTransitions: 4 };
  const metadata = { namespace: 'ns', name: 'lease', resourceVersion: 'x' };
  api.lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: silent };
  const startedAt = performance.now();
  const { elector } = campaign(api, 'a');
  await until(() => elector.isLeader);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
  expect(api.lease.spec).toMatchObject({ holderIdentity: 'a', leaseTransitions: 5 });
});

test('a clock that is set forward or backward by hours moves no lease', async () => {
  const api = new LeaseApi();
  let offsetMs = 0;
  const now = (): number => Date.now() + offsetMs;
  const first = campaign(api, 'a', { now });
  await until(() => first.elector.isLeader);
  const second = campaign(api, 'b', { now });
  for (const hours of [5, -5]) {
    offsetMs = hours * 3_600_000;
    await pause(100);
    expect([first.elector.isLeader, second.elector.isLeader]).toEqual([true, false]);
  }
  expect(api.lease?.spec).toMatchObject({ holderIdentity: 'a', leaseTransitions: 0 });
});

test('writes are let through while the lease is held for sure, reads always', async () => {
  const api = new LeaseApi();
  let elapsedMs = 0;
  const { elector } = campaign(api, 'a', { elapsedMs: () => elapsedMs });
  const sent: string[] = [];
  const guarded = elector.guard(async (path, init) => {
    sent.push(`${init?.method ?? 'GET'} ${path}`);
    return new Response();
  });
  await expect(guarded('/x?a=b', { method: 'PATCH' })).rejects.toThrow(
    'PATCH /x not sent: the lease is not held',
  );
  await until(() => elector.isLeader);
  await guarded('/x', { method: 'PATCH' });
  api.isDown = true;
  // As after a pause of the process: nothing but the clock has told it yet.
  elapsedMs += 150;
  await expect(guarded('/x', { method: 'PUT' })).rejects.toThrow('not held');
  await guarded('/x');
  expect(sent).toEqual(['PATCH /x', 'GET /x']);
});

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 3000 && !condition(); i++) await pause(10);
  expect(condition()).toBe(true);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

import type { Secret } from '@weir/api/workloads';
import { silentLogger } from '@weir/core/log';
import { expect, test } from 'vitest';
import { readCertificate } from '../certificates.ts';
import { Client } from '../client.ts';
import type { Fetch } from '../fetch.ts';
import { memoryStore, secretStore } from './certificate-stores.ts';
import { keepCertificate } from './keep-certificate.ts';
import { renewalDelayMs, renewed, type ServingCertificate } from './serving-certificate.ts';

const dayMs = 86_400_000;
const start = new Date('2026-01-01T00:00:00Z');
const request = {
  commonName: 'webhooks',
  dnsNames: ['webhooks.kserve.svc'],
  ipAddresses: [],
  authorityDays: 90,
  certificateDays: 30,
};

function after(days: number): Date {
  return new Date(start.getTime() + days * dayMs);
}

test('a certificate is kept until a third of its life is left, then issued by the same authority', async () => {
  const first = await renewed(undefined, request, start);
  expect(readCertificate(first.pair.certPem)?.dnsNames).toEqual(['webhooks.kserve.svc']);
  expect(await renewed(first, request, after(19))).toBe(first);
  expect(renewalDelayMs(first, request, after(19))).toBe(dayMs);
  const second = await renewed(first, request, after(21));
  expect(second.pair.certPem).not.toBe(first.pair.certPem);
  expect(second.caBundlePem).toBe(first.caBundlePem);
});

test('a former authority stays trusted until it expires', async () => {
  const first = await renewed(undefined, request, start);
  const second = await renewed(first, request, after(61));
  expect(second.caBundlePem).toBe(`${second.authority.certPem.trim()}\n${first.caBundlePem}`);
  const third = await renewed(second, request, after(61 + 61));
  expect(third.caBundlePem).not.toContain(first.authority.certPem.trim());
});

test('a clock that jumps by hours renews nothing, unless it shows that a certificate is not valid yet', async () => {
  const first = await renewed(undefined, request, start);
  expect(await renewed(first, request, after(5 / 24))).toBe(first);
  expect(await renewed(first, request, after(-0.5 / 24))).toBe(first);
  // Issued while the clock was five hours ahead.
  const ahead = await renewed(undefined, request, after(5 / 24));
  expect(renewalDelayMs(ahead, request, start)).toBe(0);
  const right = await renewed(ahead, request, start);
  const { notBefore, notAfter } = readCertificate(right.pair.certPem) ?? {};
  expect([notBefore, notAfter]).toEqual([after(-1 / 24), after(30)]);
  expect(right.authority.certPem).not.toBe(ahead.authority.certPem);
});

test('a store that cannot be read at first is read later', async () => {
  const stop = new AbortController();
  const store = memoryStore();
  let failures = 2;
  const load = (): Promise<ServingCertificate | undefined> =>
    failures-- > 0 ? Promise.reject(new Error('connection refused')) : store.load();
  const certificate = await keepCertificate({
    store: { ...store, load },
    request,
    now: () => start,
    log: silentLogger,
    signal: stop.signal,
    onChange: () => {},
  });
  stop.abort();
  expect(await store.load()).toBe(certificate);
});

test('another name needs another certificate', async () => {
  const first = await renewed(undefined, request, start);
  const second = await renewed(first, { ...request, dnsNames: ['other.svc'] }, start);
  expect(readCertificate(second.pair.certPem)?.dnsNames).toEqual(['other.svc']);
});

test('renewal happens by itself before the end', async () => {
  const stop = new AbortController();
  const changes: ServingCertificate[] = [];
  const first = await keepCertificate({
    store: memoryStore(),
    request: { ...request, certificateDays: 2000 / dayMs },
    now: () => new Date(),
    log: silentLogger,
    signal: stop.signal,
    onChange: (next) => {
      changes.push(next);
      stop.abort();
    },
  });
  await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }));
  expect(changes.map(({ caBundlePem }) => caBundlePem)).toEqual([first.caBundlePem]);
});

test('of two replicas that start at once, both use the certificate that was stored first', async () => {
  const api = secretApi();
  const keep = (): Promise<ServingCertificate> =>
    keepCertificate({
      store: secretStore(
        new Client({ fetch: api, fieldManager: 'test' }),
        { namespace: 'kserve', name: 'cert' },
        {},
      ),
      request,
      now: () => start,
      log: silentLogger,
      signal: AbortSignal.abort(),
      onChange: () => {},
    });
  const [one, two] = await Promise.all([keep(), keep()]);
  expect(one.pair).toEqual(two.pair);
  expect(one.authority.keyPem).toBe(two.authority.keyPem);
});

/** An API server with one Secret and optimistic concurrency. */
function secretApi(): Fetch {
  let secret: Secret | undefined;
  const failure = (code: number, reason: string): Response =>
    Response.json({ kind: 'Status', status: 'Failure', code, reason }, { status: code });
  return (_, init) => {
    if (init?.method === 'GET')
      return Promise.resolve(secret === undefined ? failure(404, 'NotFound') : Response.json(secret));
    if (init?.method === 'POST' && secret !== undefined)
      return Promise.resolve(failure(409, 'AlreadyExists'));
    secret = JSON.parse(String(init?.body)) as Secret;
    return Promise.resolve(Response.json(secret));
  };
}

import { type ApiServer, createApiServer } from '@weir/cluster/apiserver';
import { silentLogger } from '@weir/core/log';
import type { Fetch } from '@weir/kube';
import { hasComponents, type RealControlPlane, startRealControlPlane } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiCase } from './api-case.ts';
import { apiCases } from './apiserver-cases.ts';
import { idleKindCases } from './idle-kind-cases.ts';
import { send } from './raw-request.ts';

describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))(
  'the embedded server answers like kube-apiserver',
  () => {
    let real: RealControlPlane;
    let embedded: ApiServer;

    beforeAll(async () => {
      real = await startRealControlPlane();
      embedded = await createApiServer({
        dataDir: null,
        log: silentLogger,
        crds: [],
        admission: [],
        converters: [],
        serviceCidr: '10.0.0.0/24',
        servesIdleKinds: true,
      });
    });

    afterAll(async () => {
      await embedded?.stop();
      await real?.stop();
    });

    test.each([...apiCases, ...idleKindCases].map((one) => [`${one.method} ${one.what}`, one] as const))(
      '%s',
      async (_, one) => {
        const theirs = await answerOf(real.fetch, one);
        const ours = await answerOf(embedded.fetch, one);
        expect(ours).toEqual(theirs);
      },
    );
  },
);

async function answerOf(fetch: Fetch, one: ApiCase): Promise<unknown> {
  const answer = await send(fetch, one);
  const body = normalise(answer.body, '');
  if (one.only === undefined) return { status: answer.status, body };
  const fields = one.only.map((name) => [name, (body as Record<string, unknown>)[name]]);
  return { status: answer.status, ...Object.fromEntries(fields) };
}

const volatile: readonly string[] = [
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'deletionTimestamp',
  'time',
  'clusterIP',
  'lastTransitionTime',
  'continue',
  'description',
];

/** Replaces what differs from run to run. */
function normalise(value: unknown, key: string): unknown {
  if (volatile.includes(key) && (typeof value === 'string' || typeof value === 'number')) return `<${key}>`;
  if (key === 'clusterIPs') return ['<ip>'];
  if (typeof value === 'string') {
    return value
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<uid>')
      .replaceAll(/\d+\.\d+\.\d+\.\d+\b/g, '<ip>')
      .replace(/^\d+(ms|s|m)(\d+s)?$/, '<age>')
      .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, '<time>');
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => normalise(item, ''));
    return key === 'managedFields' || key === 'causes' ? inOrder(items) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  // Whether a struct itself is owned depends on which Go fields are pointers; nothing acts on it. Nor on nulls.
  const entries = Object.entries(value).filter(
    ([name, item]) => name !== '.' && name !== 'time' && item !== null,
  );
  return Object.fromEntries(entries.map(([name, item]) => [name, normalise(item, name)]));
}

/** Kubernetes repeats some causes, and orders managers by time. */
function inOrder(items: readonly unknown[]): unknown[] {
  const texts = new Set(items.map((item) => JSON.stringify(item)));
  return [...texts].sort().map((text) => JSON.parse(text) as unknown);
}

import { readFileSync } from 'node:fs';
import type { KubeObject } from '@weir/api/meta';
import { type ApiServer, createApiServer } from '@weir/cluster/apiserver';
import { silentLogger } from '@weir/core/log';
import { eventually, hasComponents, type RealControlPlane, startRealControlPlane } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RawAnswer, type RawRequest, send } from './raw-request.ts';
import { builtinBodies, customObjects, strictBodies } from './schema-cases.ts';
import { randomScenarios } from './ssa-random.ts';
import { requestOf, type SsaScenario, scenarios, widgetCrd } from './ssa-scenarios.ts';
import { patchedTemplate, randomPatches } from './strategic-patches.ts';

/** The same requests to kube-apiserver and to the embedded API server: the answers must be the same. */
describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))('the embedded API server as kube-apiserver', () => {
  let plane: RealControlPlane;
  let embedded: ApiServer;

  beforeAll(async () => {
    [plane, embedded] = await Promise.all([
      startRealControlPlane(),
      createApiServer({ dataDir: null, log: silentLogger, crds: [], admission: [], converters: [] }),
    ]);
    const crds = [widgetCrd, ...Object.values(files).map(readCrd)];
    for (const crd of crds) {
      const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
      for (const fetch of [plane.fetch, embedded.fetch]) {
        expect((await send(fetch, { method: 'POST', path, body: crd })).status).toBe(201);
      }
    }
    for (const fetch of [plane.fetch, embedded.fetch]) {
      for (const kind of ['Widget', ...Object.keys(files)]) {
        await eventually(kind, async () => (await fetch(pathOf(kind))).ok);
      }
    }
  });

  afterAll(async () => {
    await plane?.stop();
    await embedded?.stop();
  });

  test.each([...scenarios, ...randomScenarios(20, 99)])('$name', async (scenario: SsaScenario) => {
    for (const step of scenario.steps) {
      const request = requestOf(scenario, step);
      const theirs = await send(plane.fetch, request);
      // Known difference: kube-apiserver refuses the null that its own merge leaves behind.
      if (JSON.stringify(theirs.body).includes('Invalid value: \\"null\\"')) return;
      const ours = await send(embedded.fetch, request);
      expect(comparable(ours), `${scenario.name}: ${step.note}`).toEqual(comparable(theirs));
    }
  });

  test.each(customObjects)('$kind: $note', async ({ kind, object }) => {
    const { apiVersion } = definitionOf(kind);
    const body = { apiVersion, kind, metadata: { name: 'one', namespace: 'default' }, ...object };
    await same({
      method: 'POST',
      path: `${pathOf(kind)}?dryRun=All&fieldManager=test&fieldValidation=Ignore`,
      body,
    });
  });

  test.each(strictBodies)('strict decoding: $note', async ({ path, text }) => {
    await same({
      method: 'POST',
      path: `${path}?dryRun=All&fieldManager=test&fieldValidation=Strict`,
      body: text,
    });
  });

  test.each(builtinBodies)('$kind: $note', async ({ path, object }) => {
    await same({ method: 'POST', path: `${path}?dryRun=All&fieldManager=test`, body: object });
  });

  describe('strategic merge patches', () => {
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    const { metadata, template } = patchedTemplate;
    const labels = { app: 'one' };
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, ...template } },
    };

    beforeAll(async () => {
      for (const fetch of [plane.fetch, embedded.fetch]) {
        const request: RawRequest = {
          method: 'POST',
          path: `${deployments}?fieldManager=test`,
          body: deployment,
        };
        expect((await send(fetch, request)).status).toBe(201);
      }
    });

    test.each(randomPatches(60, 5))('patch $i', async ({ patch }) => {
      const { metadata, template } = patch as { metadata: object; template: object };
      const path = `${deployments}/one?dryRun=All&fieldManager=test`;
      const body = { metadata, spec: { template } };
      await same({ method: 'PATCH', path, body, type: 'application/strategic-merge-patch+json' });
    });
  });

  async function same(request: RawRequest): Promise<void> {
    const [theirs, ours] = await Promise.all([send(plane.fetch, request), send(embedded.fetch, request)]);
    expect(comparable(ours)).toEqual(comparable(theirs));
  }
});

const files = {
  Gateway: 'gateway.networking.k8s.io_gateways',
  HTTPRoute: 'gateway.networking.k8s.io_httproutes',
  InferencePool: 'inference.networking.k8s.io_inferencepools',
  LeaderWorkerSet: 'leaderworkerset.x-k8s.io_leaderworkersets',
} as const;

interface Definition extends KubeObject {
  spec: { group: string; names: { plural: string }; versions: { name: string; storage: boolean }[] };
}

function readCrd(file: string): Definition {
  return JSON.parse(
    readFileSync(new URL(`../../config/crd/gen/${file}.json`, import.meta.url), 'utf8'),
  ) as Definition;
}

function definitionOf(kind: string): { apiVersion: string; plural: string } {
  const crd = kind === 'Widget' ? (widgetCrd as Definition) : readCrd(files[kind as keyof typeof files]);
  const version = crd.spec.versions.find((one) => one.storage)?.name ?? '';
  return { apiVersion: `${crd.spec.group}/${version}`, plural: crd.spec.names.plural };
}

function pathOf(kind: string): string {
  const { apiVersion, plural } = definitionOf(kind);
  return `/apis/${apiVersion}/namespaces/default/${plural}`;
}

const volatile = ['uid', 'resourceVersion', 'creationTimestamp', 'time', 'clusterIP', 'clusterIPs'];

/** Without what must differ between two servers; lists of causes and of managers in a fixed order. */
function comparable(answer: RawAnswer): unknown {
  return { status: answer.status, body: normalize(answer.body) };
}

function normalize(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => normalize(item));
    const isSet = key === 'causes' || key === 'managedFields';
    return isSet ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
  }
  if (typeof value !== 'object' || value === null) return key === 'message' ? sortedMessage(value) : value;
  const entries = Object.entries(value).filter(([name, inner]) => !isIgnored(name, inner));
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, normalize(inner, name)]),
  );
}

/** Built-in types always print a status, if only an empty one. */
function isIgnored(name: string, value: unknown): boolean {
  return volatile.includes(name) || (name === 'status' && JSON.stringify(value) === '{}');
}

/** The order of several errors in one message is not fixed. */
function sortedMessage(message: unknown): unknown {
  if (typeof message !== 'string') return message;
  return [...message].sort().join('');
}

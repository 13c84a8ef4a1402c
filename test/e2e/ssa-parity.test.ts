import type { KubeObject, KubeStatus, ManagedFieldsEntry } from '@weir/api/meta';
import {
  applyConflictStatus,
  applyDefaults,
  builtinSchema,
  objectMetaSchema,
  type StructuralSchema,
  serverSideApply,
  structuralOfCrd,
  trackUpdate,
} from '@weir/cluster/schema';
import { eventually, hasComponents, type RealControlPlane, startRealControlPlane } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from './raw-request.ts';
import { randomScenarios } from './ssa-random.ts';
import { requestOf, type SsaScenario, type SsaStep, scenarios, widgetCrd } from './ssa-scenarios.ts';

/**
 * Runs the same requests against kube-apiserver and through the pure engine, and compares the object and its
 * managedFields after every step. Where the real server adds defaults or allocates values, our object is sent through
 * it with dryRun first, so that only ownership and merging are compared.
 */
describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))('server-side apply as in kube-apiserver', () => {
  let plane: RealControlPlane;

  beforeAll(async () => {
    plane = await startRealControlPlane();
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const created = await send(plane.fetch, { method: 'POST', path: crds, body: widgetCrd });
    expect(created.status).toBe(201);
    await eventually(
      'the custom kind',
      async () => (await send(plane.fetch, { method: 'GET', path: widgetPath })).status === 200,
    );
  });

  afterAll(async () => {
    await plane?.stop();
  });

  test.each(scenarios)('$name', (scenario) => runAll(scenario));

  test.each(randomScenarios(60, 20301))('$name', (scenario) => runAll(scenario));

  async function runAll(scenario: SsaScenario): Promise<void> {
    const schema = await schemaOf(scenario);
    let live: KubeObject | null = null;
    for (const step of scenario.steps) live = await runStep(plane, scenario, schema, live, step);
  }
});

const widgetPath = '/apis/weir.test/v1/namespaces/default/widgets';
const now = '2030-01-01T00:00:00Z';

async function schemaOf(scenario: SsaScenario): Promise<StructuralSchema> {
  if (scenario.kind.group === 'weir.test') {
    return structuralOfCrd(widgetCrd.spec.versions[0]?.schema.openAPIV3Schema, objectMetaSchema);
  }
  const schema = await builtinSchema(scenario.kind);
  if (schema === undefined) throw new Error(`no schema for ${scenario.kind.kind}`);
  return schema;
}

async function runStep(
  plane: RealControlPlane,
  scenario: SsaScenario,
  schema: StructuralSchema,
  live: KubeObject | null,
  step: SsaStep,
): Promise<KubeObject> {
  const options = {
    schema,
    manager: step.manager,
    subresource: step.subresource ?? '',
    ignoredFields: ignoredFields(scenario, step),
    now,
  };
  const response = await send(plane.fetch, requestOf(scenario, step));
  // The real server leaves null where it removed the last field of an object, then refuses its own result.
  if (response.status === 422 && JSON.stringify(response.body).includes('Invalid value: \\"null\\"')) {
    return live as KubeObject;
  }
  const label = `${scenario.name}: ${step.note}`;
  if (step.verb === 'apply') {
    const ours = serverSideApply(live, step.body as KubeObject, { ...options, force: step.force ?? false });
    if (response.status === 409) {
      const status = response.body as KubeStatus;
      const mine = applyConflictStatus(ours.conflicts);
      expect(sortedCauses(mine), label).toEqual(sortedCauses(status));
      if (ours.conflicts.length === 1) expect(mine.message, label).toBe(status.message);
      return live as KubeObject;
    }
    expect(response.status, `${label}: ${JSON.stringify(response.body)}`).toBeLessThan(300);
    expect(ours.conflicts, label).toEqual([]);
    const theirs = response.body as KubeObject;
    expect(entries(ours.object), label).toEqual(entries(theirs));
    const kept = step.subresource === undefined ? withStatusOf(ours.object, live) : ours.object;
    expect(await completed(plane, scenario, schema, kept, step), label).toEqual(comparable(theirs));
    if (live !== null && theirs.metadata.resourceVersion === live.metadata.resourceVersion) {
      expect(ours.object.metadata.managedFields, label).toEqual(live.metadata.managedFields);
    }
    return theirs;
  }
  expect(response.status, `${label}: ${JSON.stringify(response.body)}`).toBeLessThan(300);
  const theirs = response.body as KubeObject;
  const sent = step.resetsManagers ? [{}] : undefined;
  const { managedFields: _managers, ...metadata } = theirs.metadata;
  const next = { ...theirs, metadata: sent === undefined ? metadata : { ...metadata, managedFields: sent } };
  const ours = trackUpdate(live, next, options);
  expect(entries(ours), label).toEqual(entries(theirs));
  return theirs;
}

/** The main resource never writes status; the server keeps what is there. */
function withStatusOf(object: KubeObject, live: KubeObject | null): KubeObject {
  const { status: _sent, ...rest } = object as KubeObject & { status?: unknown };
  return live !== null && 'status' in live ? ({ ...rest, status: live.status } as KubeObject) : rest;
}

/** Our result with the defaults that the real server adds: it exists by now, so a dry-run update shows them. */
async function completed(
  plane: RealControlPlane,
  scenario: SsaScenario,
  schema: StructuralSchema,
  object: KubeObject,
  step: SsaStep,
): Promise<unknown> {
  if (scenario.kind.group === 'weir.test') return comparable(applyDefaults(schema, object) as KubeObject);
  if (scenario.kind.kind === 'ConfigMap') return comparable(object);
  const { managedFields: _managers, resourceVersion: _version, uid: _uid, ...metadata } = object.metadata;
  const path = `${scenario.path}/${scenario.name}${suffix(step)}?dryRun=All`;
  const response = await send(plane.fetch, { method: 'PUT', path, body: { ...object, metadata } });
  expect(response.status, JSON.stringify(response.body)).toBeLessThan(300);
  return comparable(response.body as KubeObject);
}

function suffix(step: SsaStep): string {
  return step.subresource === undefined ? '' : `/${step.subresource}`;
}

function ignoredFields(scenario: SsaScenario, step: SsaStep): string[][] {
  if (!scenario.hasStatus) return [];
  return step.subresource === 'status' ? [['spec']] : [['status']];
}

function entries(object: KubeObject): unknown {
  const known = (object.metadata.managedFields ?? []) as ManagedFieldsEntry[];
  const text = (entry: ManagedFieldsEntry): string =>
    [entry.operation, entry.manager, entry.apiVersion, entry.subresource].join('/');
  return known
    .map(({ time, ...entry }) => ({ ...entry, hasTime: time !== undefined }))
    .sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

function comparable(object: KubeObject): unknown {
  const {
    managedFields: _managers,
    resourceVersion: _version,
    uid: _uid,
    creationTimestamp: _time,
    generation: _generation,
    ...metadata
  } = object.metadata;
  return { ...object, metadata };
}

function sortedCauses(status: KubeStatus): unknown {
  return [...(status.details?.causes ?? [])].sort((a, b) =>
    `${a.message}${a.field}` < `${b.message}${b.field}` ? -1 : 1,
  );
}

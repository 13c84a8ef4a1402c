import { readFileSync } from 'node:fs';
import { fieldErrorBody, fieldErrorReason, type KubeObject, type KubeStatus } from '@weir/api/meta';
import {
  applyDefaults,
  builtinSchema,
  builtinTypeError,
  duplicateFields,
  objectMetaSchema,
  prune,
  type StructuralSchema,
  strictDecodingMessage,
  structuralOfCrd,
  validateCustomResource,
} from '@weir/cluster/schema';
import { eventually, hasComponents, type RealControlPlane, startRealControlPlane } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomObjects } from './random-objects.ts';
import { type RawAnswer, send } from './raw-request.ts';
import { builtinBodies, customObjects, strictBodies } from './schema-cases.ts';

/** The same bodies through kube-apiserver and through our schemas: objects, errors and messages must be the same. */
describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))('schemas as in kube-apiserver', () => {
  let plane: RealControlPlane;

  beforeAll(async () => {
    plane = await startRealControlPlane();
    for (const name of Object.keys(crds)) {
      const { status, body } = await post(crdPath, readCrd(name));
      expect(status, JSON.stringify(body)).toBe(201);
    }
    for (const name of Object.keys(crds)) {
      await eventually(name, async () => (await plane.fetch(pathOf(name))).ok);
    }
  });

  afterAll(async () => {
    await plane?.stop();
  });

  test.each(customObjects)('$kind: $note', async ({ kind, object, update }) => {
    const { apiVersion, schema } = schemaOf(kind);
    const metadata = { name: 'one', namespace: 'default' };
    const sent = { apiVersion, kind, metadata, ...object } as KubeObject;
    if (update === undefined) {
      await compare(
        await post(`${pathOf(kind)}?dryRun=All&fieldValidation=Ignore`, sent),
        schema,
        sent,
        null,
      );
      return;
    }
    const created = await post(pathOf(kind), sent);
    expect(created.status, JSON.stringify(created.body)).toBe(201);
    const next = { ...sent, ...update } as KubeObject;
    const { resourceVersion } = (created.body as KubeObject).metadata;
    const body = { ...next, metadata: { ...next.metadata, resourceVersion } };
    const answer = await send(plane.fetch, {
      method: 'PUT',
      path: `${pathOf(kind)}/one?fieldValidation=Ignore`,
      body,
    });
    await compare(answer, schema, next, created.body as KubeObject);
    await send(plane.fetch, { method: 'DELETE', path: `${pathOf(kind)}/one` });
  });

  describe.each(Object.keys(crds))('random objects of kind %s', (kind) => {
    const { apiVersion, schema } = schemaOf(kind);
    const objects = randomObjects(storageOf(readCrd(kind)).schema.openAPIV3Schema, 40, 7);

    test.each(objects.map((object, i) => ({ i, object })))('$i', async ({ object }) => {
      const sent = {
        apiVersion,
        kind,
        metadata: { name: 'one', namespace: 'default' },
        ...object,
      } as KubeObject;
      await compare(
        await post(`${pathOf(kind)}?dryRun=All&fieldValidation=Ignore`, sent),
        schema,
        sent,
        null,
      );
    });
  });

  test.each(strictBodies)('strict decoding: $note', async ({ path, group, kind, text }) => {
    const answer = await post(`${path}?dryRun=All&fieldValidation=Strict`, text);
    expect(answer.status).toBe(400);
    const schema =
      group === undefined ? schemaOf(kind).schema : await builtinSchema({ group, version: 'v1', kind });
    const { unknownFields } = prune(schema as StructuralSchema, JSON.parse(text));
    const message = strictDecodingMessage(duplicateFields(text), unknownFields);
    expect((answer.body as KubeStatus).message).toContain(message);
  });

  test.each(builtinBodies)('$kind: $note', async ({ path, group, kind, object }) => {
    const answer = await post(`${path}?dryRun=All`, object);
    const schema = (await builtinSchema({ group, version: 'v1', kind })) as StructuralSchema;
    expect(answer.status).toBe(400);
    const problem = builtinTypeError(schema, object);
    expect(problem).toBeDefined();
    expect((answer.body as KubeStatus).message).toContain(problem);
  });

  async function compare(
    answer: RawAnswer,
    schema: StructuralSchema,
    sent: KubeObject,
    old: KubeObject | null,
  ): Promise<void> {
    const object = applyDefaults(schema, prune(schema, sent).value) as KubeObject;
    const errors = validateCustomResource(schema, object, old);
    const ours = errors.map((error) => ({
      reason: fieldErrorReason(error),
      message: fieldErrorBody(error),
      field: error.path === '' ? '<nil>' : error.path,
    }));
    if (answer.status < 300) {
      expect(ours).toEqual([]);
      expect(withoutMetadata(object)).toEqual(withoutMetadata(answer.body as KubeObject));
      return;
    }
    expect(answer.status, JSON.stringify(answer.body)).toBe(422);
    expect(sorted(ours)).toEqual(sorted((answer.body as KubeStatus).details?.causes ?? []));
  }

  function post(path: string, body: unknown): Promise<RawAnswer> {
    return send(plane.fetch, { method: 'POST', path, body });
  }
});

const crdPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Kind → file in config/crd/gen. */
const crds = {
  Gateway: 'gateway.networking.k8s.io_gateways',
  HTTPRoute: 'gateway.networking.k8s.io_httproutes',
  InferencePool: 'inference.networking.k8s.io_inferencepools',
  LeaderWorkerSet: 'leaderworkerset.x-k8s.io_leaderworkersets',
} as const;

type CustomKind = keyof typeof crds;

interface Definition {
  spec: {
    group: string;
    names: { plural: string };
    versions: { name: string; storage: boolean; schema: { openAPIV3Schema: unknown } }[];
    conversion?: unknown;
  };
}

function readCrd(kind: string): Definition {
  const file = new URL(`../../config/crd/gen/${crds[kind as CustomKind]}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Definition;
}

function storageOf(crd: Definition): Definition['spec']['versions'][number] {
  const version = crd.spec.versions.find((one) => one.storage);
  if (version === undefined) throw new Error('no storage version');
  return version;
}

function pathOf(kind: string): string {
  const crd = readCrd(kind);
  return `/apis/${crd.spec.group}/${storageOf(crd).name}/namespaces/default/${crd.spec.names.plural}`;
}

function schemaOf(kind: string): { apiVersion: string; schema: StructuralSchema } {
  const crd = readCrd(kind);
  const version = storageOf(crd);
  return {
    apiVersion: `${crd.spec.group}/${version.name}`,
    schema: structuralOfCrd(version.schema.openAPIV3Schema, objectMetaSchema),
  };
}

function withoutMetadata(object: KubeObject): unknown {
  const { metadata: _metadata, ...rest } = object;
  return rest;
}

function sorted(causes: readonly { field?: string; message?: string }[]): unknown {
  const text = (cause: { field?: string; message?: string }): string => `${cause.field} ${cause.message}`;
  return [...causes].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

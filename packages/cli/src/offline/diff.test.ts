import type { KubeObject, ObjectMeta, ResourceKind } from '@weir/api/meta';
import { servingConverters, servingResources } from '@weir/api/serving';
import { createApiServer } from '@weir/cluster/apiserver';
import { createLogger, silentLogger } from '@weir/core/log';
import { Client, type Fetch } from '@weir/kube';
import { createServingAdmission, startLlmisvc } from '@weir/llmisvc';
import { eventually, guideDocuments, mergePatch } from '@weir/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { discoverKinds, kindOfObject } from '../cluster/discovery.ts';
import { installRoot } from '../context.ts';
import { loadCrds, loadPresets } from '../local/shipped.ts';
import { changeText, reportOf } from './change.ts';
import { type DocumentsDiff, diffDocuments } from './diff-documents.ts';

const root = installRoot();
const systemNamespace = 'kserve';

const stop = new AbortController();
let fetch: Fetch;
let client: Client;
let end: () => Promise<void>;

beforeAll(async () => {
  const server = await createApiServer({
    dataDir: null,
    log: silentLogger,
    crds: loadCrds(root),
    admission: createServingAdmission({ systemNamespace }),
    converters: servingConverters,
  });
  fetch = server.fetch;
  client = new Client({ fetch, fieldManager: 'weir' });
  await createNamespace(systemNamespace);
  for (const preset of loadPresets(root, systemNamespace))
    await client.create(servingResources.configs as ResourceKind, preset);
  const controller = await startLlmisvc({
    client: new Client({ fetch, fieldManager: 'llmisvc-controller' }),
    log: createLogger({ name: 'llmisvc', level: 'error' }),
    signal: stop.signal,
    systemNamespace,
  });
  end = async () => {
    stop.abort();
    await controller.stopped();
    await server.stop();
  };
});
afterAll(() => end());

test('without its namespace an object is shown as it is written', async () => {
  const { changes, notes } = await diff(guideDocuments('f08-parallelism', 'nowhere'));
  const note = 'namespace nowhere does not exist: what the server adds to objects in it is not shown';
  expect({ notes, lines: linesOf({ changes }, 'nowhere') }).toEqual({
    notes: [note],
    lines: [
      'LLMInferenceService large created',
      'Deployment large-kserve created',
      'Service large-kserve-workload-svc created',
      'Secret large-kserve-self-signed-certs created',
    ],
  });
});

test('every refusal is told, and the rest is compared all the same', async () => {
  const [service] = guideDocuments('f08-parallelism', 'kserve');
  const wrong = mergePatch(service, { metadata: { name: 'wrong' }, spec: { replicas: -1 } }) as KubeObject;
  const unknown = {
    apiVersion: 'example.org/v1',
    kind: 'Thing',
    metadata: { name: 'x', namespace: 'kserve' },
  };
  const { changes, refusals } = await diff([wrong, unknown, service as KubeObject]);
  expect(refusals).toEqual([
    expect.stringMatching(/^LLMInferenceService kserve\/wrong: the server refuses it: .*spec\.replicas/),
    expect.stringContaining('does not have a resource type "Thing in example.org/v1"'),
  ]);
  expect(changes.map((change) => change.type)).toEqual(['created', 'created', 'created', 'created']);
});

test('a Config that changes changes services that stand in no file', async () => {
  const namespace = 'f05';
  const [config, ...services] = guideDocuments('f05-base-refs', namespace);
  await createNamespace(namespace);
  await apply([config as KubeObject, ...services]);
  await eventually('the controller', async () => (await diff(services)).changes.length === 0);
  const edited = mergePatch(config, { spec: { template: { containers: [{ name: 'main', image: 'x:1' }] } } });
  expect(linesOf(await diff([edited as KubeObject]), namespace)).toEqual([
    'LLMInferenceServiceConfig std changed: spec.template.containers[main].image, spec.template.containers[main].resources',
    'Deployment a-kserve changed: spec.template.spec.containers[main].image, spec.template.spec.containers[main].resources.requests',
  ]);
});

test('layers that break a rule together are told in the words of the server, and no child is shown', async () => {
  const object = (kind: string, name: string, spec: object): KubeObject =>
    ({
      apiVersion: 'serving.kserve.io/v1alpha2',
      kind,
      metadata: { namespace: 'kserve', name },
      spec,
    }) as KubeObject;
  const triggers = [{ type: 'cron', metadata: {} }];
  const { changes, notes } = await diff([
    object('LLMInferenceServiceConfig', 'scaled', { scaling: { maxReplicas: 2, wva: { hpa: {} } } }),
    object('LLMInferenceService', 'both', {
      model: { uri: 'hf://a/b' },
      baseRefs: [{ name: 'scaled' }],
      scaling: { maxReplicas: 2, keda: { triggers } },
    }),
  ]);
  expect(changes).toHaveLength(2);
  expect(notes).toEqual([
    expect.stringMatching(
      /^LLMInferenceService kserve\/both: InvalidRenderedConfig: .*: spec\.scaling: .*mutually exclusive.* \(set in UserRef:kserve\/scaled and the service itself\); its children stay$/,
    ),
  ]);
});

test('values of a Secret are told apart and never shown', async () => {
  const metadata = { namespace: 'kserve', name: 'keys' };
  const secret = (a: string): KubeObject =>
    ({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { a, b: 'same' } }) as KubeObject;
  await apply([secret('first')]);
  const { changes } = await diff([secret('second')]);
  const text = changes.map(changeText).join('');
  expect(text).toContain('-  a: "*** (before)"\n+  a: "*** (after)"\n   b: "***"\n');
  expect(text).not.toMatch(/Zmlyc3Q|c2Vjb25k|first|second/);
});

test('a stopped service loses what runs for it, and a foreign object stays', async () => {
  const namespace = 'f08';
  const documents = guideDocuments('f08-parallelism', namespace);
  await createNamespace(namespace);
  await apply(documents);
  await eventually('the controller', async () => (await diff(documents)).changes.length === 0);
  const stopped = { metadata: { annotations: { 'serving.kserve.io/stop': 'true' } } };
  expect(linesOf(await diff([mergePatch(documents[0], stopped) as KubeObject]), namespace)).toEqual([
    'LLMInferenceService large changed: metadata.annotations',
    'Deployment large-kserve deleted',
    'Service large-kserve-workload-svc deleted',
    'Secret large-kserve-self-signed-certs deleted',
  ]);
  await create('v1', 'Service', { namespace, name: 'other-kserve-workload-svc' }, { ports: [{ port: 80 }] });
  const { changes, notes } = await diff([
    mergePatch(documents[0], { metadata: { name: 'other' } }) as KubeObject,
  ]);
  expect(linesOf({ changes }, namespace)).not.toContainEqual(expect.stringContaining('Service other-'));
  expect(notes).toContainEqual(expect.stringContaining('belongs to something else'));
});

function diff(documents: readonly KubeObject[]): Promise<DocumentsDiff> {
  return diffDocuments(documents, { client, fetch, systemNamespace, signal: stop.signal });
}

/** `Deployment a-kserve changed: spec.replicas`. */
function linesOf({ changes }: Pick<DocumentsDiff, 'changes'>, namespace: string): string[] {
  return changes.map(reportOf).map(({ object, change, fields = [] }) => {
    const names = fields.map(({ field }) => field).join(', ');
    return `${object.replace(`${namespace}/`, '')} ${change}${names === '' ? '' : `: ${names}`}`;
  });
}

async function apply(documents: readonly KubeObject[]): Promise<void> {
  const kinds = await discoverKinds(fetch);
  for (const document of documents) await client.apply(kindOfObject(kinds, document), document);
}

function createNamespace(name: string): Promise<void> {
  return create('v1', 'Namespace', { name });
}

function create(apiVersion: string, kind: string, metadata: ObjectMeta, spec?: object): Promise<void> {
  return apply([{ apiVersion, kind, metadata, ...(spec === undefined ? {} : { spec }) } as KubeObject]);
}

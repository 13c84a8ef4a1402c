import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { KubeObject } from '@weir/api/meta';
import { canonicalJson } from '@weir/core/hash';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApplyingController, startApplyingController } from './applying-controller.ts';
import { renderDocuments } from './render-documents.ts';
import { documentsOf, isAlone, type Sample, sampleManifests } from './sample-manifests.ts';

const samples = sampleManifests();
/** Cases of bad input, and a sample of KServe whose picker configuration is a text where an object is asked for. */
const invalid = /^(SV|SM|LC|SL)-\d+\S*\.yaml$|^latency-predictor\/llm-inference-service-latency-predictor/;

describe('what `weir render` prints is what the controller applies, byte for byte', () => {
  let target: ApplyingController;
  let folder = '';
  /** Sorted JSON of objects by sample, of which the first is rendered and the second applied. */
  const outcomes = new Map<string, { readonly rendered: string[]; readonly applied: string[] }>();
  const refused = new Map<string, string>();

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'weir-render-'));
    target = await startApplyingController();
    const together = samples.filter((sample) => !isAlone(sample));
    await compare(together);
    for (const sample of samples.filter(isAlone)) {
      await compare([sample]);
      await target.remove(sample.documents);
    }
  }, 600_000);
  afterAll(async () => {
    await target?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('only what is there to be refused is refused', () => {
    expect(outcomes.size).toBeGreaterThan(40);
    const unexpected = [...refused].filter(([name]) => !invalid.test(name));
    expect(unexpected).toEqual([]);
  });

  test.each(samples.map(({ name }) => name))('%s', (name) => {
    const outcome = outcomes.get(name);
    if (outcome === undefined) expect(refused.has(name)).toBe(true);
    else expect(outcome.applied).toEqual(outcome.rendered);
  });

  async function compare(group: readonly Sample[]): Promise<void> {
    const problems = await target.create(group);
    for (const [name, problem] of problems) refused.set(name, problem);
    const admitted = group.filter(({ name }) => !problems.has(name));
    const { objects, assumed } = await renderDocuments(folder, documentsOf(admitted));
    await target.assume(assumed);
    await target.quiet();
    const applied = target.applied();
    for (const { name, namespace } of admitted) {
      outcomes.set(name, { rendered: textsOf(objects, namespace), applied: textsOf(applied, namespace) });
    }
  }
});

/** Objects of a namespace, and those that stand outside for it, as sorted JSON. */
function textsOf(objects: readonly KubeObject[], namespace: string): string[] {
  return objects
    .filter((object) => namespaceOf(object) === namespace)
    .map((object) => canonicalJson(comparable(object)))
    .sort();
}

function namespaceOf(object: KubeObject & { subjects?: readonly { namespace?: string }[] }): string {
  return object.metadata.namespace ?? object.subjects?.[0]?.namespace ?? '';
}

/** Without what only a server and a clock can tell: uids, versions, and key pairs with their dates. */
function comparable(object: KubeObject): unknown {
  const { ownerReferences, annotations, uid: _uid, resourceVersion: _version, ...metadata } = object.metadata;
  const owners = ownerReferences?.map((reference) => ({ ...reference, uid: '' }));
  const { data, ...rest } = object as KubeObject & { data?: unknown };
  const isKeyPair = (object as { type?: string }).type === 'kubernetes.io/tls';
  const { 'certificates.kserve.io/expiration': _due, ...kept } = annotations ?? {};
  return {
    ...rest,
    ...(data === undefined || isKeyPair ? {} : { data }),
    metadata: {
      ...metadata,
      ...(owners === undefined ? {} : { ownerReferences: owners }),
      ...(annotations === undefined || Object.keys(kept).length === 0 ? {} : { annotations: kept }),
    },
  };
}

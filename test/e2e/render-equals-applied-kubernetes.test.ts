import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type KubeObject, keyOf, keyText, type ResourceKind, resources } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import { canonicalJson } from '@weir/core/hash';
import { eventually, hasComponents } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aroundDifference } from './chaos-state.ts';
import { allChildKinds, childKindOf } from './child-kinds.ts';
import { type FaultCluster, startFaultCluster } from './controller-faults-cluster.ts';
import { type ControllerProcess, startController, untilAsked } from './controller-process.ts';
import { assume, createSamples } from './create-samples.ts';
import { foreignKinds } from './foreign-kinds.ts';
import { renderDocuments } from './render-documents.ts';
import { documentsOf, isAlone, ownManifests } from './sample-manifests.ts';

const samples = ownManifests().filter((sample) => !isAlone(sample));
const dueAnnotation = 'certificates.kserve.io/expiration';

describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))(
  'what `weir render` prints is what a real API server holds',
  () => {
    let cluster: FaultCluster;
    let controller: ControllerProcess;
    let folder = '';
    let rendered: readonly KubeObject[] = [];
    const uids = new Map<string, string>();

    beforeAll(async () => {
      folder = mkdtempSync(path.join(tmpdir(), 'weir-render-'));
      cluster = await startFaultCluster(/./);
      const { client, plane } = cluster;
      for (const one of foreignKinds)
        await client.create(resources.customResourceDefinitions as ResourceKind, one);
      controller = await startController(plane.kubeconfigPath);
      await untilAsked(client);
      expect([...(await createSamples(client, samples))]).toEqual([]);
      const { objects, assumed } = await renderDocuments(folder, documentsOf(samples));
      await assume(client, assumed);
      rendered = objects;
      const { items } = await client.list(servingResources.services);
      for (const service of items) uids.set(keyText(keyOf(service)), service.metadata.uid ?? '');
    }, 300_000);
    afterAll(async () => {
      await controller?.stop();
      await cluster?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    test('to apply a printed object as the controller would change nothing of it', async () => {
      let waiting = rendered;
      let reasons: string[] = [];
      const attempt = async (): Promise<boolean> => {
        const answers = await Promise.all(waiting.map(changeOf));
        waiting = waiting.filter((_, index) => answers[index] !== null);
        reasons = answers.filter((answer) => answer !== null);
        return waiting.length === 0;
      };
      const patience = { everyMs: 500, program: controller.program };
      await eventually('what was printed', attempt, patience).catch(() => {});
      expect(reasons).toEqual([]);
      expect(rendered.length).toBeGreaterThan(200);
    });

    test('and no further object belongs to the services', async () => {
      const labelSelector = 'app.kubernetes.io/part-of=llminferenceservice';
      const lists = await Promise.all(
        allChildKinds.map(
          async (kind) => (await cluster.client.list<KubeObject>(kind, { labelSelector })).items,
        ),
      );
      const there = lists.flat().map(nameOf).sort();
      const labelled = rendered.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/part-of']);
      expect(there).toEqual(labelled.map(nameOf).sort());
    });

    /** What an apply would make otherwise; null when nothing. */
    async function changeOf(object: KubeObject): Promise<string | null> {
      const { client } = cluster;
      const kind = childKindOf(object);
      if (kind === undefined) return `${nameOf(object)}: no service consists of such objects`;
      const live = await client.find<KubeObject>(kind, keyOf(object));
      if (live === undefined) return `${nameOf(object)} is missing`;
      const fieldManager = live.metadata.managedFields?.find(
        ({ operation }) => operation === 'Apply',
      )?.manager;
      const options = { dryRun: true, ...(fieldManager === undefined ? {} : { fieldManager }) };
      const next = await client.apply<KubeObject>(kind, withLiveParts(object, live), options);
      const [before, after] = [canonicalJson(live), canonicalJson(next)];
      if (before === after) return null;
      const [held, wanted] = [aroundDifference(before, after), aroundDifference(after, before)];
      return `${nameOf(object)}:\n  held:    ${held}\n  printed: ${wanted}`;
    }

    /** Completed by what only a server and a clock can tell: uids, and key pairs with their dates. */
    function withLiveParts(object: KubeObject, live: KubeObject): KubeObject {
      const { ownerReferences, annotations, ...metadata } = object.metadata;
      const { namespace = '' } = metadata;
      const owners = ownerReferences?.map((owner) => ({
        ...owner,
        uid: uids.get(keyText({ namespace, name: owner.name })) ?? '',
      }));
      const isKeyPair = (object as { type?: string }).type === 'kubernetes.io/tls';
      const due = isKeyPair ? live.metadata.annotations?.[dueAnnotation] : undefined;
      const dates = due === undefined ? {} : { [dueAnnotation]: due };
      const noted = annotations === undefined && due === undefined ? undefined : { ...annotations, ...dates };
      return {
        ...object,
        ...(isKeyPair ? { data: (live as { data?: object }).data } : {}),
        metadata: {
          ...metadata,
          ...(owners === undefined ? {} : { ownerReferences: owners }),
          ...(noted === undefined ? {} : { annotations: noted }),
        },
      };
    }
  },
);

function nameOf(object: KubeObject): string {
  return `${object.kind} ${keyText(keyOf(object))}`;
}

import { type KubeObject, mergeNodeOf, strategicMerge } from '@weir/api/meta';
import { hasComponents, type RealControlPlane, startRealControlPlane } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from './raw-request.ts';
import { patchedTemplate, randomPatches } from './strategic-patches.ts';

const path = '/api/v1/namespaces/default/podtemplates';
const node = mergeNodeOf('io.k8s.api.core.v1.PodTemplate');

/** Random strategic merge patches through kube-apiserver and through our merge give the same pod template. */
describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))(
  'strategic merge patches as in kube-apiserver',
  () => {
    let plane: RealControlPlane;
    let live: KubeObject;

    beforeAll(async () => {
      plane = await startRealControlPlane();
      const answer = await send(plane.fetch, { method: 'POST', path, body: patchedTemplate });
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      live = answer.body as KubeObject;
    });

    afterAll(async () => {
      await plane?.stop();
    });

    test.each(randomPatches(150, 4711))('patch $i', async ({ patch }) => {
      const theirs = await send(plane.fetch, {
        method: 'PATCH',
        path: `${path}/one?dryRun=All`,
        body: patch,
        type: 'application/strategic-merge-patch+json',
      });
      const label = JSON.stringify(patch);
      if (theirs.status >= 300) {
        // Refused patches are refused by validation of the result or for what they say; ours must not crash either.
        expect([400, 422, 500], `${label} ${JSON.stringify(theirs.body)}`).toContain(theirs.status);
        return;
      }
      const merged = strategicMerge(live, patch, node) as KubeObject;
      const { managedFields: _managers, ...metadata } = merged.metadata;
      const ours = await send(plane.fetch, {
        method: 'PUT',
        path: `${path}/one?dryRun=All`,
        body: { ...merged, metadata },
      });
      expect(ours.status, `${label} ${JSON.stringify(ours.body)}`).toBe(200);
      expect(withoutManagers(ours.body), label).toEqual(withoutManagers(theirs.body));
    });
  },
);

function withoutManagers(object: unknown): unknown {
  const { metadata, ...rest } = object as KubeObject;
  const { managedFields: _managers, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

import { type KubeObject, resources } from '@weir/api/meta';
import type { LLMInferenceService } from '@weir/api/serving';
import { Client } from '@weir/kube';
import { expect, test } from 'vitest';
import { deleteChildren, deleteShared } from './finalize.ts';

const labels = { 'app.kubernetes.io/part-of': 'llminferenceservice', 'app.kubernetes.io/name': 'hello' };
const owner = {
  apiVersion: 'serving.kserve.io/v1alpha2',
  kind: 'LLMInferenceService',
  name: 'hello',
  uid: 'u',
  controller: true,
};
const bundle: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'ca', namespace: 'demo', labels },
};
const { signal } = new AbortController();

/** What is deleted when the service goes that has these finalizers. */
async function deletedWith(finalizers: string[]): Promise<string[]> {
  const deleted: string[] = [];
  const client = new Client({
    fieldManager: 'test',
    fetch: async (path, init) => {
      if (init?.method === 'DELETE') deleted.push(path.split('?')[0]?.split('/').slice(-2).join('/') ?? '');
      const metadata = { name: 'hello-kserve', namespace: 'demo', uid: 'd', labels };
      if (path.includes('/deployments?'))
        return Response.json({
          metadata: {},
          items: [{ metadata: { ...metadata, ownerReferences: [owner] } }],
        });
      return Response.json({ metadata: { ...metadata, name: 'demo-hello-epp-auth-rb', namespace: '' } });
    },
  });
  const service: LLMInferenceService = {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { name: 'hello', namespace: 'demo', uid: 'u', finalizers },
  };
  const bindings = resources.clusterRoleBindings;
  await deleteChildren(client, service, { kinds: [resources.deployments], bindings, copies: [], signal });
  await deleteShared(client, service, [service], bundle, signal);
  return deleted;
}

test('a service takes everything with it that was made for it', async () => {
  expect(await deletedWith(['serving.kserve.io/llmisvc-finalizer'])).toEqual([
    'deployments/hello-kserve',
    'clusterrolebindings/demo-hello-epp-auth-rb',
    'configmaps/ca',
  ]);
});

test('one that is deleted with --cascade=orphan leaves its children, and what they need, running', async () => {
  expect(await deletedWith(['orphan', 'serving.kserve.io/llmisvc-finalizer'])).toEqual([
    'clusterrolebindings/demo-hello-epp-auth-rb',
  ]);
});

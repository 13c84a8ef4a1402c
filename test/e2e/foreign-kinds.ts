import { existsSync } from 'node:fs';
import path from 'node:path';
import type { KubeObject } from '@weir/api/meta';
import { root } from './llmisvc-target.ts';

/** Definitions of kinds of other products that this project reads or writes and does not ship; they take any field. */
export const foreignKinds: readonly KubeObject[] = [
  anyFields('keda.sh', 'v1alpha1', 'ScaledObject'),
  anyFields('llmd.ai', 'v1alpha1', 'VariantAutoscaling'),
  anyFields('llm-d.ai', 'v1alpha2', 'InferenceObjective'),
  anyFields('inference.networking.x-k8s.io', 'v1alpha2', 'InferenceModel'),
  anyFields('serving.kserve.io', 'v1alpha1', 'LocalModelNamespaceCache'),
  ofCluster(anyFields('serving.kserve.io', 'v1alpha1', 'LocalModelCache')),
].filter(({ metadata: { name = '' } }) => {
  const [plural, ...group] = name.split('.');
  return !existsSync(path.join(root, 'config/crd/gen', `${group.join('.')}_${plural}.json`));
});

function ofCluster<T extends { readonly spec: object }>(definition: T): T {
  return { ...definition, spec: { ...definition.spec, scope: 'Cluster' } };
}

function anyFields(group: string, version: string, kind: string): KubeObject & { spec: object } {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const served = { name: version, served: true, storage: true, schema: { openAPIV3Schema } };
  const object = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      // Groups of the Kubernetes project need one.
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for tests' },
    },
    spec: { group, scope: 'Namespaced', names: { kind, plural, singular }, versions: [served] },
  };
  return object;
}

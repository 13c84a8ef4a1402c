import type { KubeObject, ResourceKind } from '../meta/index.ts';

/** How urgent requests are. The header `x-llm-d-inference-objective` names one; without it the priority is 0. */
export interface InferenceObjective extends KubeObject {
  spec: { priority?: number; poolRef: { group?: string; kind?: string; name: string } };
}

/** The predecessor of objectives, of pickers up to 0.4. */
export interface InferenceModel extends KubeObject {
  spec: {
    modelName: string;
    criticality?: 'Critical' | 'Standard' | 'Sheddable';
    poolRef: { group?: string; kind?: string; name: string };
  };
}

export const inferenceObjectives: ResourceKind<InferenceObjective> = objectivesOf('llm-d.ai');
/** The same kind before it moved to llm-d. */
export const inferenceObjectivesX: ResourceKind<InferenceObjective> = objectivesOf(
  'inference.networking.x-k8s.io',
);

export const inferenceModels: ResourceKind<InferenceModel> = {
  group: 'inference.networking.x-k8s.io',
  version: 'v1alpha2',
  kind: 'InferenceModel',
  plural: 'inferencemodels',
  namespaced: true,
};

function objectivesOf(group: string): ResourceKind<InferenceObjective> {
  return {
    group,
    version: 'v1alpha2',
    kind: 'InferenceObjective',
    plural: 'inferenceobjectives',
    namespaced: true,
  };
}

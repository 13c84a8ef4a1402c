import {
  type InferenceModel,
  type InferenceObjective,
  inferenceModels,
  inferenceObjectives,
  inferenceObjectivesX,
  inferencePoolV1,
  inferencePoolV1alpha2,
} from '@weir/api/inference';
import { apiVersionOf, childName, type ResourceKind } from '@weir/api/meta';
import {
  adapterCriticality,
  type Criticality,
  childSuffixes,
  components,
  conditionReasons,
  conditionTypes,
  modelCriticality,
  modelNameAnnotation,
  unmanagedAnnotation,
} from '@weir/api/serving';
import { adapterLabel } from '@weir/storage/attach';
import type { DesiredChild, DesiredInput, Part } from './input.ts';
import { childMetadata, childOf, componentLabels, nameOf } from './metadata.ts';
import { isServed } from './missing-kinds.ts';

const priorities: Readonly<Record<Criticality, number>> = { Critical: 100, Standard: 0, Sheddable: -10 };

const failure = {
  condition: conditionTypes.schedulerWorkloadReady,
  reason: conditionReasons.schedulerReconcileError,
};
/** Requests are answered all the same, in the order in which they come. */
const cannotPrioritise = {
  reason: conditionReasons.crdNotFound,
  message: 'criticality has no effect: the API server does not serve InferenceObjectives — install their CRD',
};

/** How urgent the requests for each model of the service are: an objective per model that has a criticality. */
export const objectives: Part = (input) => {
  const { service, spec } = input;
  const scheduler = spec.router?.scheduler;
  if (scheduler === undefined) return null;
  const wanted = criticalities(input);
  if (wanted.length === 0) return null;
  const kind = servedKind(input);
  if (kind === null) return { failure, apply: [], warnings: [cannotPrioritise] };
  const unmanaged = unmanagedNames(input);
  const pool = scheduler.pool?.ref?.name ?? childOf(service, 'pool');
  const all = wanted.flatMap(({ suffix, model, criticality }): DesiredChild[] => {
    const name = childName(nameOf(service), suffix);
    const labels = componentLabels(service, components.scheduler);
    const object: InferenceObjective = {
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      metadata: childMetadata(service, name, labels, { [modelNameAnnotation]: model }),
      spec: {
        priority: priorities[criticality],
        poolRef: { group: inferencePoolV1.group, kind: inferencePoolV1.kind, name: pool },
      },
    };
    return unmanaged.has(name) ? [] : [{ kind, object }];
  });
  const own = wanted.find(({ suffix }) => suffix === childSuffixes.objective);
  return {
    failure,
    apply: [...all, ...(own === undefined ? [] : inferenceModel(input, own, pool))],
    keep: [...unmanaged].map((name) => ({ kind, namespace: service.metadata.namespace ?? '', name })),
  };
};

/** The kind moved from one group to the other; pickers read both. */
function servedKind({ observed }: DesiredInput): ResourceKind<InferenceObjective> | null {
  return [inferenceObjectives, inferenceObjectivesX].find((kind) => isServed(observed, kind)) ?? null;
}

/** For pickers and tools from before objectives, where their kind is there. */
function inferenceModel(
  { service, observed }: DesiredInput,
  { model, criticality }: Wanted,
  pool: string,
): DesiredChild[] {
  if (!isServed(observed, inferenceModels)) return [];
  const object: InferenceModel = {
    apiVersion: apiVersionOf(inferenceModels),
    kind: inferenceModels.kind,
    metadata: childMetadata(
      service,
      childOf(service, 'inferenceModel'),
      componentLabels(service, components.scheduler),
    ),
    spec: {
      modelName: model,
      criticality,
      poolRef: { group: inferencePoolV1alpha2.group, kind: inferencePoolV1alpha2.kind, name: pool },
    },
  };
  return [{ kind: inferenceModels, object }];
}

interface Wanted {
  readonly suffix: string;
  readonly model: string;
  readonly criticality: Criticality;
}

function criticalities({ service, spec }: DesiredInput): Wanted[] {
  const own = modelCriticality(service.metadata);
  const model = spec.model?.name || nameOf(service);
  const adapters = (spec.model?.lora?.adapters ?? []).flatMap((adapter, index): Wanted[] => {
    const { name = '' } = adapter;
    const criticality = adapterCriticality(service.metadata, adapter, index);
    const suffix = `${childSuffixes.objective}-${adapterLabel(name)}`;
    return criticality === undefined ? [] : [{ suffix, model: name, criticality }];
  });
  return own === undefined
    ? adapters
    : [{ suffix: childSuffixes.objective, model, criticality: own }, ...adapters];
}

/** Whether requests of some model of the service are told apart by how urgent they are. */
export function hasPriorities(input: DesiredInput): boolean {
  return criticalities(input).length > 0;
}

/** Objectives that somebody took over by an annotation. */
function unmanagedNames({ observed }: DesiredInput): ReadonlySet<string> {
  return new Set(
    observed.children.flatMap(({ kind, object }) =>
      kind.plural === inferenceObjectives.plural &&
      object.metadata.annotations?.[unmanagedAnnotation] === 'true'
        ? [object.metadata.name ?? '']
        : [],
    ),
  );
}

import { inferencePoolV1, inferencePoolV1alpha2, toPoolSpecV1alpha2 } from '@weir/api/inference';
import { apiVersionOf, type ResourceKind } from '@weir/api/meta';
import { components, conditionReasons, conditionTypes } from '@weir/api/serving';
import type { DesiredInput, Part } from './input.ts';
import { childMetadata, childOf, componentLabels } from './metadata.ts';
import { isServed } from './missing-kinds.ts';
import { hasManagedScheduler } from './scheduler.ts';

/**
 * The pool: which pods the picker of this service may choose from. In both generations of its API where both are
 * served, so that every gateway finds the one that it knows.
 */
export const inferencePool: Part = (input) => {
  const { spec, observed } = input;
  const pool = spec.router?.scheduler?.pool?.spec;
  if (!hasManagedScheduler(spec) || pool === undefined) return null;
  const older = toPoolSpecV1alpha2({
    ...pool,
    selector: pool.selector ?? { matchLabels: {} },
    targetPorts: pool.targetPorts ?? [],
  });
  const isOlderServed = isServed(observed, inferencePoolV1alpha2);
  // One of them is enough; where neither is served, the newer one is missed.
  const isNewerWanted = isServed(observed, inferencePoolV1) || !isOlderServed;
  return {
    failure: {
      condition: conditionTypes.inferencePoolReady,
      reason: conditionReasons.inferencePoolFetchError,
    },
    apply: [
      ...(isNewerWanted ? [child(input, inferencePoolV1, pool)] : []),
      ...(isOlderServed ? [child(input, inferencePoolV1alpha2, older)] : []),
    ],
  };
};

function child({ service }: DesiredInput, kind: ResourceKind, spec: unknown) {
  const labels = componentLabels(service, components.scheduler);
  const metadata = childMetadata(service, childOf(service, 'pool'), labels);
  return { kind, object: { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata, spec } };
}

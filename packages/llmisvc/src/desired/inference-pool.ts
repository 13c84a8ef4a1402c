import { inferencePoolV1 } from '@weir/api/inference';
import { apiVersionOf } from '@weir/api/meta';
import { components, conditionReasons, conditionTypes } from '@weir/api/serving';
import type { Part } from './input.ts';
import { childMetadata, childOf, componentLabels } from './metadata.ts';

/** The pool: which pods the picker of this service may choose from. */
export const inferencePool: Part = ({ service, spec }) => {
  const pool = spec.router?.scheduler?.pool?.spec;
  if (pool === undefined) return null;
  const object = {
    apiVersion: apiVersionOf(inferencePoolV1),
    kind: inferencePoolV1.kind,
    metadata: childMetadata(
      service,
      childOf(service, 'pool'),
      componentLabels(service, components.scheduler),
    ),
    spec: pool,
  };
  return {
    failure: {
      condition: conditionTypes.inferencePoolReady,
      reason: conditionReasons.inferencePoolFetchError,
    },
    apply: [{ kind: inferencePoolV1, object }],
  };
};

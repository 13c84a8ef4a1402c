import { type KubeObject, resources } from '@weir/api/meta';
import {
  components,
  conditionReasons,
  conditionTypes,
  mainContainer,
  poolMemberLabel,
  roleLabel,
} from '@weir/api/serving';
import { WeirError } from '@weir/core/errors';
import type { DesiredInput, Part, PartResult } from './input.ts';
import {
  childMetadata,
  childOf,
  componentLabels,
  inheritedAnnotations,
  inheritedLabels,
  nameOf,
  namespaceOf,
} from './metadata.ts';
import { buildPodTemplate } from './pod-template.ts';

const failure = {
  condition: conditionTypes.mainWorkloadReady,
  reason: conditionReasons.reconcileSingleNodeWorkloadError,
};

/** The Deployment of the engines. */
export const workload: Part = (input) => {
  const missing = missingAccount(input);
  if (missing !== null) return impossible(input, missing);
  try {
    return { failure, apply: [{ kind: resources.deployments, object: buildDeployment(input) }] };
  } catch (error) {
    // A model that cannot be attached; anything else is a defect.
    if (error instanceof WeirError) return impossible(input, error.message);
    throw error;
  }
};

function buildDeployment(input: DesiredInput): KubeObject {
  const { service, spec } = input;
  const fixed = { ...componentLabels(service, components.workload), [poolMemberLabel]: 'workload' };
  const labels = { ...inheritedLabels(service), ...fixed, [roleLabel]: 'both' };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: childMetadata(service, childOf(service, 'workload'), labels, inheritedAnnotations(service)),
    spec: {
      // Absent: the live count belongs to whoever scales the Deployment.
      ...(spec.replicas === undefined ? {} : { replicas: spec.replicas }),
      // The role is left out: it changes when prefill pods are split off, and selectors cannot change.
      selector: { matchLabels: fixed },
      template: buildPodTemplate(input, { labels, container: mainContainer }),
    },
  };
  return deployment;
}

/** A ServiceAccount that the user names must be there: pods would wait for it without a word. */
function missingAccount({ service, spec, observed }: DesiredInput): string | null {
  const name = spec.template?.serviceAccountName;
  if (name === undefined || observed.serviceAccounts.some((account) => account.metadata.name === name))
    return null;
  return (
    `ServiceAccount ${namespaceOf(service)}/${name}, named by spec.template.serviceAccountName of ` +
    `${nameOf(service)}, does not exist — create it or remove the field`
  );
}

/** What runs keeps running: nothing is known that could replace it. */
function impossible({ service }: DesiredInput, message: string): PartResult {
  const ref = {
    kind: resources.deployments,
    namespace: namespaceOf(service),
    name: childOf(service, 'workload'),
  };
  const condition = { type: failure.condition, status: 'False' as const, reason: failure.reason, message };
  return { failure, apply: [], keep: [ref], conditions: [condition] };
}

import { resources } from '@weir/api/meta';
import { components, conditionReasons, conditionTypes, enginePort, mainContainer } from '@weir/api/serving';
import type { PodSpec } from '@weir/api/workloads';
import { WeirError } from '@weir/core/errors';
import type { DesiredInput, Part } from './input.ts';
import { childMetadata, childOf, componentLabels, namespaceOf } from './metadata.ts';
import { withTokenizerModel } from './tokenizer-model.ts';

const failure = {
  condition: conditionTypes.tokenizerReady,
  reason: conditionReasons.schedulerReconcileError,
};
const portName = 'render-http';

/** The service that turns prompts into tokens for the picker: for pickers that match prefixes exactly. */
export const tokenizer: Part = (input) => {
  const template = tokenizerTemplate(input);
  if (template === undefined) return null;
  const { service } = input;
  const name = childOf(service, 'tokenizer');
  const labels = componentLabels(service, components.tokenizer);
  try {
    const spec = withTokenizerModel(
      input,
      { ...template, containers: template.containers ?? [] },
      { container: mainContainer, deployment: { kind: resources.deployments, name } },
    );
    return {
      failure,
      apply: [
        // The Service comes first, so that its name resolves when the picker starts.
        { kind: resources.services, object: tokenizerService(input, name, labels) },
        { kind: resources.deployments, object: deployment(input, name, labels, spec) },
      ],
    };
  } catch (error) {
    // A model that cannot be attached; anything else is a defect.
    if (!(error instanceof WeirError)) throw error;
    const namespace = namespaceOf(service);
    return {
      failure,
      apply: [],
      keep: [resources.deployments, resources.services].map((kind) => ({ kind, namespace, name })),
      conditions: [
        { type: failure.condition, status: 'False', reason: failure.reason, message: error.message },
      ],
    };
  }
};

/** Null where none is deployed. */
export function tokenizerUrl(input: DesiredInput): string | null {
  if (tokenizerTemplate(input) === undefined) return null;
  const { service, platform } = input;
  const host = `${childOf(service, 'tokenizer')}.${namespaceOf(service)}.svc.${platform.clusterDomain}`;
  return `${platform.enableTLS ? 'https' : 'http'}://${host}:${enginePort}`;
}

/** Composition adds the template where a configuration needs it; a pool of somebody else needs none of ours. */
function tokenizerTemplate({ spec }: DesiredInput) {
  const scheduler = spec.router?.scheduler;
  return scheduler?.pool?.ref?.name ? undefined : scheduler?.tokenizer?.template;
}

function deployment({ service }: DesiredInput, name: string, labels: Record<string, string>, spec: PodSpec) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: childMetadata(service, name, labels),
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec },
    },
  };
}

function tokenizerService({ service }: DesiredInput, name: string, labels: Record<string, string>) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: childMetadata(service, name, labels),
    spec: {
      type: 'ClusterIP',
      selector: labels,
      ports: [{ name: portName, port: enginePort, targetPort: portName, protocol: 'TCP' }],
    },
  };
}

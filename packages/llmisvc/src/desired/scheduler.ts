import { resources } from '@weir/api/meta';
import { components, conditionReasons, conditionTypes, mainContainer } from '@weir/api/serving';
import type { Container } from '@weir/api/workloads';
import type { ConditionPatch, DesiredInput, Part } from './input.ts';
import { childMetadata, childOf, componentLabels } from './metadata.ts';
import { schedulerConfigText } from './scheduler-config.ts';

const failure = {
  condition: conditionTypes.schedulerWorkloadReady,
  reason: conditionReasons.schedulerReconcileError,
};
/** Ports of the picker that its Service offers, by the names they have on its containers. */
const servicePorts = ['grpc', 'grpc-health', 'metrics', 'zmq'];

/** The endpoint picker's Deployment and Service. */
export const scheduler: Part = (input) => {
  const { service, spec } = input;
  const { scheduler: wanted } = spec.router ?? {};
  if (wanted?.template === undefined) return null;
  const config = schedulerConfigText(input);
  if (config.type === 'unreadable') {
    const deployment = { kind: resources.deployments, ...refOf(input, childOf(service, 'scheduler')) };
    const kept = { kind: resources.services, ...refOf(input, serviceName(input)) };
    return {
      failure,
      apply: [],
      keep: [deployment, kept],
      conditions: [falseBecause(conditionReasons.schedulerConfigInvalid, config.message)],
    };
  }
  const containers = (wanted.template.containers ?? []).map((container) =>
    container.name === mainContainer
      ? withArguments(container, config.args, wanted.replicas ?? 1)
      : container,
  );
  const missing = missingPorts(containers);
  return {
    failure,
    apply: [
      { kind: resources.deployments, object: deployment(input, containers) },
      { kind: resources.services, object: pickerService(input, containers) },
    ],
    conditions:
      missing.length === 0
        ? []
        : [
            falseBecause(
              conditionReasons.schedulerPortMismatch,
              `no container of spec.router.scheduler.template has a port named ${missing.join(', ')} — add it`,
            ),
          ],
  };
};

function falseBecause(reason: string, message: string): ConditionPatch {
  return { type: failure.condition, status: 'False', reason, message };
}

function refOf({ service }: DesiredInput, name: string): { namespace: string; name: string } {
  return { namespace: service.metadata.namespace ?? '', name };
}

function deployment({ service, spec }: DesiredInput, containers: Container[]) {
  const { replicas, template, labels: podLabels, annotations } = spec.router?.scheduler ?? {};
  const labels = componentLabels(service, components.scheduler);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: childMetadata(service, childOf(service, 'scheduler'), labels),
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: labels },
      // Two generations of a picker would each see half of the load.
      strategy: { type: 'Recreate' },
      template: {
        metadata: {
          labels: { ...podLabels, ...labels },
          ...(annotations === undefined ? {} : { annotations }),
        },
        spec: { ...template, containers },
      },
    },
  };
}

function withArguments(container: Container, config: readonly string[], replicas: number): Container {
  const args = container.args ?? [];
  const all = [...(container.command ?? []), ...args];
  const election = '-ha-enable-leader-election';
  const needsElection = replicas > 1 && !all.some((one) => one === `-${election}` || one === election);
  return { ...container, args: [...args, ...(needsElection ? [`-${election}`] : []), ...config] };
}

function serviceName({ service, spec }: DesiredInput): string {
  return spec.router?.scheduler?.pool?.spec?.endpointPickerRef?.name ?? childOf(service, 'schedulerService');
}

function pickerService(input: DesiredInput, containers: readonly Container[]) {
  const labels = componentLabels(input.service, components.scheduler);
  const ports = containers
    .flatMap((container) => container.ports ?? [])
    .filter(({ name }) => name !== undefined && servicePorts.includes(name))
    .sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1))
    .map(({ name, containerPort, protocol }) => ({
      name,
      port: containerPort,
      targetPort: name,
      protocol: protocol ?? 'TCP',
    }));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: childMetadata(input.service, serviceName(input), labels),
    spec: { type: 'ClusterIP', selector: labels, ports },
  };
}

function missingPorts(containers: readonly Container[]): string[] {
  const present = new Set(containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name)));
  return ['grpc', 'grpc-health', 'metrics'].filter((name) => !present.has(name));
}

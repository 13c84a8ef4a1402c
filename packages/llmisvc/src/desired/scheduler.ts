import { resources } from '@weir/api/meta';
import {
  components,
  conditionReasons,
  conditionTypes,
  type LLMInferenceServiceSpec,
  mainContainer,
} from '@weir/api/serving';
import type { Container, PodSpec } from '@weir/api/workloads';
import { WeirError } from '@weir/core/errors';
import { missingPickerAccount } from './accounts.ts';
import { hasFlag } from './container-flags.ts';
import type { ConditionPatch, DesiredInput, Part, PartResult } from './input.ts';
import { childMetadata, childOf, componentLabels, namespaceOf } from './metadata.ts';
import { schedulerConfig, tokenizerSidecar } from './scheduler-config.ts';
import { withTokenizerModel } from './tokenizer-model.ts';
import { withTracingEnv } from './tracing.ts';

const failure = {
  condition: conditionTypes.schedulerWorkloadReady,
  reason: conditionReasons.schedulerReconcileError,
};
/** Ports of the picker that its Service offers, by the names they have on its containers; of two, the last counts. */
const servicePorts = ['grpc', 'grpc-health', 'metrics', 'zmq'];
/** Only precise prefix matching needs the fourth. */
const requiredPorts = ['grpc', 'grpc-health', 'metrics'];

/** A pool of somebody else comes with the picker of somebody else. */
export function hasManagedScheduler({ router }: LLMInferenceServiceSpec): boolean {
  return router?.scheduler !== undefined && !router.scheduler.pool?.ref?.name;
}

/** The endpoint picker's Deployment and Service. */
export const scheduler: Part = (input) => {
  const { spec } = input;
  if (!hasManagedScheduler(spec) || spec.router?.scheduler?.template === undefined) return null;
  const missing = missingPickerAccount(input);
  if (missing !== null) return keepRunning(input, falseBecause(failure.reason, missing));
  const config = schedulerConfig(input);
  if (config.type === 'unreadable')
    return keepRunning(input, falseBecause(conditionReasons.schedulerConfigInvalid, config.message));
  const containers = config.containers.map((container) =>
    container.name === mainContainer ? withSettings(input, container) : container,
  );
  try {
    const pod = withSidecarModel(input, { ...spec.router.scheduler.template, containers });
    return {
      failure,
      apply: [
        { kind: resources.deployments, object: deployment(input, pod) },
        { kind: resources.services, object: pickerService(input, containers) },
      ],
      conditions: problemsOf(containers, config.problem),
      warnings: config.warnings,
    };
  } catch (error) {
    // A model that cannot be attached; anything else is a defect.
    if (!(error instanceof WeirError)) throw error;
    return keepRunning(input, falseBecause(failure.reason, error.message));
  }
};

/** Pickers up to version 0.8 have their tokenizer beside them. */
function withSidecarModel(input: DesiredInput, pod: PodSpec): PodSpec {
  if (!pod.containers.some(({ name }) => name === tokenizerSidecar)) return pod;
  const deployment = { kind: resources.deployments, name: childOf(input.service, 'scheduler') };
  return withTokenizerModel(input, pod, { container: tokenizerSidecar, deployment });
}

function keepRunning(input: DesiredInput, condition: ConditionPatch): PartResult {
  const { service } = input;
  const namespace = namespaceOf(service);
  return {
    failure,
    apply: [],
    keep: [
      { kind: resources.deployments, namespace, name: childOf(service, 'scheduler') },
      { kind: resources.services, namespace, name: pickerServiceName(input) },
    ],
    conditions: [condition],
  };
}

function problemsOf(containers: readonly Container[], configProblem: string | null): ConditionPatch[] {
  const path = 'spec.router.scheduler.template';
  if (!containers.some(({ name }) => name === mainContainer)) {
    const text = `no container of ${path} is called "${mainContainer}" — name the picker's container so`;
    return [falseBecause(conditionReasons.schedulerConfigInvalid, text)];
  }
  if (configProblem !== null) return [falseBecause(conditionReasons.schedulerConfigInvalid, configProblem)];
  const present = new Set(containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name)));
  const missing = requiredPorts.filter((name) => !present.has(name));
  if (missing.length === 0) return [];
  const text = `no container of ${path} has a port named ${missing.join(', ')} — add it`;
  return [falseBecause(conditionReasons.schedulerPortMismatch, text)];
}

function falseBecause(reason: string, message: string): ConditionPatch {
  return { type: failure.condition, status: 'False', reason, message };
}

function deployment({ service, spec }: DesiredInput, pod: PodSpec) {
  const { replicas, labels: podLabels, annotations } = spec.router?.scheduler ?? {};
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
        spec: pod,
      },
    },
  };
}

/** Election between several pickers, and where their spans go. */
function withSettings({ service, spec }: DesiredInput, container: Container): Container {
  const { tracing } = spec;
  const elects = (spec.router?.scheduler?.replicas ?? 1) > 1;
  const isTraced = tracing !== undefined && (tracing.exporterEndpoint ?? '') !== '';
  const added = [
    ...(elects && !hasFlag(container, 'ha-enable-leader-election') ? ['--ha-enable-leader-election'] : []),
    ...(isTraced && !hasFlag(container, 'tracing') ? ['--tracing=true'] : []),
  ];
  const withArgs =
    added.length === 0 ? container : { ...container, args: [...added, ...(container.args ?? [])] };
  return isTraced ? withTracingEnv(withArgs, service, tracing, 'inference-scheduler') : withArgs;
}

function pickerServiceName({ service, spec }: DesiredInput): string {
  return spec.router?.scheduler?.pool?.spec?.endpointPickerRef?.name ?? childOf(service, 'schedulerService');
}

function pickerService(input: DesiredInput, containers: readonly Container[]) {
  const labels = componentLabels(input.service, components.scheduler);
  const byName = new Map(
    containers.flatMap(({ ports = [] }) => ports.map((port) => [port.name ?? '', port])),
  );
  const ports = servicePorts.flatMap((name) => {
    const port = byName.get(name);
    if (port === undefined) return [];
    return [{ name, port: port.containerPort, targetPort: name, protocol: port.protocol ?? 'TCP' }];
  });
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: childMetadata(input.service, pickerServiceName(input), labels),
    spec: { type: 'ClusterIP', selector: labels, ports },
  };
}

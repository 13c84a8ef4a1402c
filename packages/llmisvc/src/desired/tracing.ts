import type { LLMInferenceService, TracingSpec } from '@weir/api/serving';
import type { Container, EnvVar } from '@weir/api/workloads';
import { nameOf, namespaceOf } from './metadata.ts';

/** The container with the settings of OpenTelemetry; what it defines itself stays. */
export function withTracingEnv(
  container: Container,
  service: LLMInferenceService,
  tracing: TracingSpec,
  serviceName: string,
): Container {
  const known = new Set((container.env ?? []).map(({ name }) => name));
  const added = tracingEnv(service, tracing, serviceName).filter(({ name }) => !known.has(name));
  return { ...container, env: [...(container.env ?? []), ...added] };
}

function tracingEnv(service: LLMInferenceService, tracing: TracingSpec, serviceName: string): EnvVar[] {
  const node = 'OTEL_RESOURCE_ATTRIBUTES_NODE_NAME';
  const pod = 'OTEL_RESOURCE_ATTRIBUTES_POD_NAME';
  const attributes = [
    `k8s.namespace.name=${namespaceOf(service)}`,
    `k8s.node.name=$(${node})`,
    `k8s.pod.name=$(${pod})`,
    `llmisvc.name=${nameOf(service)}`,
  ].join(',');
  const typed = [
    ['OTEL_EXPORTER_OTLP_ENDPOINT', tracing.exporterEndpoint],
    ['OTEL_TRACES_EXPORTER', tracing.exporter],
    ['OTEL_TRACES_SAMPLER', tracing.sampler],
    ['OTEL_TRACES_SAMPLER_ARG', tracing.samplerArg],
  ] as const;
  return [
    { name: 'OTEL_SERVICE_NAME', value: serviceName },
    ...typed.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }])),
    { name: node, valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    { name: pod, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'OTEL_RESOURCE_ATTRIBUTES', value: attributes },
  ];
}

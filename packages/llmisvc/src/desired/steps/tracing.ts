import type { Container } from '@weir/api/workloads';
import type { PodTemplateStep } from '../pod-template.ts';
import { withTracingEnv } from '../tracing.ts';

/** Spans of the engine, sent where `spec.tracing` says. */
export const tracing: PodTemplateStep = (template, { service, spec, workload, container }) => {
  const endpoint = spec.tracing?.exporterEndpoint ?? '';
  if (spec.tracing === undefined || endpoint === '') return template;
  const settings = spec.tracing;
  const serviceName = `inference-server-${workload.role === 'prefill' ? 'prefill' : 'decode'}`;
  const traced = (one: Container): Container =>
    withTracingEnv(withArguments(one, endpoint), service, settings, serviceName);
  const containers = template.spec.containers.map((one) => (one.name === container ? traced(one) : one));
  return { ...template, spec: { ...template.spec, containers } };
};

function withArguments(container: Container, endpoint: string): Container {
  const args = container.args ?? [];
  const flags = [
    ['--otlp-traces-endpoint', endpoint],
    ['--collect-detailed-traces', 'all'],
  ] as const;
  const missing = flags.filter(([flag]) => !args.some((arg) => arg === flag || arg.startsWith(`${flag}=`)));
  return missing.length === 0 ? container : { ...container, args: [...args, ...missing.flat()] };
}

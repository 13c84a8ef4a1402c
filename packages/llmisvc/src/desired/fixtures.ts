import type { KubeObject, ResourceKind } from '@weir/api/meta';
import type { LLMInferenceService, LLMInferenceServiceSpec } from '@weir/api/serving';
import type { PodSpec } from '@weir/api/workloads';
import { parsePlatformConfig } from '../config/platform-config.ts';
import { computeDesired, type DesiredInput, type Observed, type ObservedChild } from './index.ts';

/** A world in which nothing exists yet. */
export const nothingObserved: Observed = {
  children: [],
  pods: [],
  gateways: [],
  routes: [],
  gatewayServices: [],
  serviceAccounts: [],
  secrets: [],
  caBundle: undefined,
  pools: [],
  ingresses: [],
  groupPeers: [],
  namesakes: [],
  missingKinds: [],
  schedulerConfigMap: undefined,
};

interface Given {
  readonly observed?: Partial<Observed>;
  readonly metadata?: LLMInferenceService['metadata'];
  /** Keys of the platform ConfigMap. */
  readonly platform?: Record<string, string>;
}

/** Service `demo/hello` whose presets only say `main`. */
export function inputFor(spec: LLMInferenceServiceSpec, given: Given = {}): DesiredInput {
  const template = { containers: [{ name: 'main', image: 'engine' }] };
  const service: LLMInferenceService = {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { name: 'hello', namespace: 'demo', uid: 'u1', ...given.metadata },
    spec,
  };
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: {}, data: given.platform ?? {} };
  return {
    service,
    spec: { model: { uri: 'hf://a/b', name: 'm' }, template, ...spec },
    platform: parsePlatformConfig({ systemNamespace: 'kserve' }, configMap),
    observed: { ...nothingObserved, ...given.observed },
  };
}

/** What is applied, by `Kind name`. */
export function appliedFor(input: DesiredInput): Map<string, KubeObject> {
  const objects = computeDesired(input).parts.flatMap((part) => part.apply.map(({ object }) => object));
  return new Map(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
}

/** `Type reason: message` of every problem that the parts report. */
export function problemsOf(input: DesiredInput): string[] {
  return computeDesired(input).parts.flatMap((part) =>
    (part.conditions ?? []).map(({ type, reason, message }) => `${type} ${reason}: ${message}`),
  );
}

/** The pods of a Deployment. */
export function podOf(input: DesiredInput, deployment = 'hello-kserve'): PodSpec {
  const object = appliedFor(input).get(`Deployment ${deployment}`) as
    | { spec?: { template?: { spec?: PodSpec } } }
    | undefined;
  return object?.spec?.template?.spec ?? { containers: [] };
}

export function childObject(kind: ResourceKind, name: string, more: object = {}): ObservedChild {
  return {
    kind,
    object: { apiVersion: '', kind: kind.kind, metadata: { namespace: 'demo', name }, ...more },
  };
}

import type { ObjectMeta } from '@weir/api/meta';
import type { LLMInferenceServiceSpec } from '@weir/api/serving';
import type { GoMap, GoStruct, Value } from './value.ts';

/** What templates may know about the platform; nothing secret is reachable. */
export interface GlobalConfig {
  readonly systemNamespace: string;
  readonly ingressGatewayName: string;
  readonly ingressGatewayNamespace: string;
  readonly enableTLS: boolean;
  readonly modelBasedRoutingHeaderName: string;
  readonly inferencePoolNamespacedName: string;
}

/** JSON field names of a struct, with the structs below; `map` has free keys, `plain` is anything else. */
interface Shape {
  readonly [field: string]: Shape | 'map' | 'plain';
}

const parallelism: Shape = plain('tensor pipeline data dataLocal dataRPCPort expert');
const podSpec: Shape = {
  ...plain(
    'containers initContainers volumes serviceAccountName terminationGracePeriodSeconds restartPolicy dnsPolicy ' +
      'hostNetwork hostPID hostIPC nodeName schedulerName priorityClassName runtimeClassName hostname subdomain ' +
      'affinity tolerations imagePullSecrets securityContext activeDeadlineSeconds shareProcessNamespace',
  ),
  nodeSelector: 'map',
};
const workload: Shape = {
  ...plain('replicas scaling rolloutStrategy'),
  parallelism,
  kvCacheOffloading: plain('cpu evictionPolicy secondary'),
  labels: 'map',
  annotations: 'map',
  template: podSpec,
  worker: podSpec,
};
const model: Shape = {
  ...plain('uri name criticality'),
  lora: plain('adapters maxRank maxAdapters maxCpuAdapters'),
  confidential: plain('enabled resourceId'),
};
const scheduler: Shape = {
  ...plain('replicas config pool tokenizer'),
  labels: 'map',
  annotations: 'map',
  template: podSpec,
};
const router: Shape = {
  route: { ...plain('group weight'), http: plain('refs spec') },
  gateway: plain('refs'),
  ingress: plain('refs'),
  scheduler,
};
const spec: Shape = {
  ...workload,
  model,
  router,
  prefill: workload,
  tracing: plain('exporterEndpoint sampler samplerArg exporter'),
  storageInitializer: plain('enabled'),
  baseRefs: 'plain',
};

/** The root of every template: the service with its merged spec, and the platform. */
export function templateRoot(
  metadata: ObjectMeta,
  mergedSpec: LLMInferenceServiceSpec,
  globalConfig: GlobalConfig,
): GoStruct {
  const labels = toMap(metadata.labels ?? {});
  const annotations = toMap(metadata.annotations ?? {});
  const name = metadata.name ?? '';
  const namespace = metadata.namespace ?? '';
  const specStruct = toStruct(mergedSpec as Readonly<Record<string, unknown>>, spec);
  const root: Readonly<Record<string, Value>> = {
    Name: name,
    Namespace: namespace,
    Labels: labels,
    Annotations: annotations,
    ObjectMeta: fixedStruct({ Name: name, Namespace: namespace, Labels: labels, Annotations: annotations }),
    Spec: specStruct,
    GlobalConfig: fixedStruct({
      SystemNamespace: globalConfig.systemNamespace,
      IngressGatewayName: globalConfig.ingressGatewayName,
      IngressGatewayNamespace: globalConfig.ingressGatewayNamespace,
      EnableTLS: globalConfig.enableTLS,
      ModelBasedRoutingHeaderName: globalConfig.modelBasedRoutingHeaderName,
      InferencePoolNamespacedName: globalConfig.inferencePoolNamespacedName,
    }),
  };
  return {
    type: 'struct',
    fieldNames: Object.keys(root),
    // `.Parallelism.Tensor` is the short form of `.Spec.Parallelism.Tensor`.
    field: (field) => (Object.hasOwn(root, field) ? root[field] : specStruct.field(field)),
  };
}

/** The root of a service that sets every struct of the API, to check templates before there is a service. */
export function sampleRoot(): GoStruct {
  const globalConfig: GlobalConfig = {
    systemNamespace: '',
    ingressGatewayName: '',
    ingressGatewayNamespace: '',
    enableTLS: false,
    modelBasedRoutingHeaderName: '',
    inferencePoolNamespacedName: '',
  };
  return templateRoot({}, sampleOf(spec) as LLMInferenceServiceSpec, globalConfig);
}

function sampleOf(shape: Shape): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(shape).flatMap(([name, below]) =>
      typeof below === 'string' ? [] : [[name, sampleOf(below)] as const],
    ),
  );
}

function plain(names: string): Shape {
  return Object.fromEntries(names.split(' ').map((name) => [name, 'plain' as const]));
}

function fixedStruct(fields: Readonly<Record<string, Value>>): GoStruct {
  return {
    type: 'struct',
    fieldNames: Object.keys(fields),
    field: (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined),
  };
}

/** Go spells `dataRPCPort` as `DataRPCPort` and `uri` as `URI`: equal but for the case of letters. */
function toStruct(value: Readonly<Record<string, unknown>>, shape: Shape): GoStruct {
  const names = new Map(
    [...Object.keys(shape), ...Object.keys(value)].map((key) => [key.toLowerCase(), key]),
  );
  return {
    type: 'struct',
    fieldNames: [...names.values()].map((name) => name.charAt(0).toUpperCase() + name.slice(1)),
    field: (field) => {
      const name = /^[A-Z]/.test(field) ? names.get(field.toLowerCase()) : undefined;
      if (name === undefined) return undefined;
      return toValue(Object.hasOwn(value, name) ? value[name] : undefined, shape[name] ?? 'plain', name);
    },
  };
}

const mapFields = new Set([
  'labels',
  'annotations',
  'nodeSelector',
  'matchLabels',
  'limits',
  'requests',
  'inline',
]);

function toValue(value: unknown, shape: Shape | 'map' | 'plain', name: string): Value {
  if (shape === 'map' || mapFields.has(name)) return toMap(isRecord(value) ? value : {});
  if (isRecord(value)) return toStruct(value, shape === 'plain' ? {} : shape);
  if (Array.isArray(value)) return value.map((item) => toValue(item, 'plain', ''));
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function toMap(value: Readonly<Record<string, unknown>>): GoMap {
  return {
    type: 'map',
    entries: new Map(Object.entries(value).map(([key, item]) => [key, toValue(item, 'plain', '')])),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

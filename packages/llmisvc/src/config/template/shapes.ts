/** JSON field names of a struct, with the structs below; `map` has free keys, `plain` is anything else. */
export interface Shape {
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
export const specShape: Shape = {
  ...workload,
  model,
  router,
  prefill: workload,
  tracing: plain('exporterEndpoint sampler samplerArg exporter'),
  storageInitializer: plain('enabled'),
  baseRefs: 'plain',
};

const reference = plain('group kind name');
const workloadReference = plain('apiGroup kind name readyReplicas');

export const statusShape: Shape = {
  ...plain(
    'observedGeneration conditions url address addresses appliedConfigs replicas model topology stage',
  ),
  annotations: 'map',
  router: {
    gateways: 'plain',
    scheduler: { inferencePool: reference, service: reference },
    group: plain('name members'),
  },
  workloads: {
    primary: workloadReference,
    prefill: workloadReference,
    scheduler: workloadReference,
    service: plain('kind name'),
  },
};

/** A value that sets every struct. */
export function sampleOf(shape: Shape): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(shape).flatMap(([name, below]) =>
      typeof below === 'string' ? [] : [[name, sampleOf(below)] as const],
    ),
  );
}

function plain(names: string): Shape {
  return Object.fromEntries(names.split(' ').map((name) => [name, 'plain' as const]));
}

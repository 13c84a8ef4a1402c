import { type FieldError, typeInvalid } from '../../meta/index.ts';

/**
 * The types that the rules rely on. A schema checks them as well, but offline and in mutating webhooks none has come
 * first. A list stands for lists of its only member, `amounts` for maps to numbers or texts.
 */
type Shape =
  | 'string'
  | 'number'
  | 'boolean'
  | 'amount'
  | 'amounts'
  | 'object'
  | readonly [Shape]
  | { readonly [field: string]: Shape };

const container: Shape = {
  name: 'string',
  command: ['string'],
  args: ['string'],
  env: [{ name: 'string', value: 'string' }],
  resources: { limits: 'amounts', requests: 'amounts' },
  ports: [
    { name: 'string', containerPort: 'number', hostPort: 'number', hostIP: 'string', protocol: 'string' },
  ],
};
const pod: Shape = { containers: [container], initContainers: [container] };
const keda: Shape = {
  idleReplicaCount: 'number',
  triggers: ['object'],
  advanced: { scalingModifiers: 'object', horizontalPodAutoscalerConfig: 'object' },
};
const workload: { readonly [field: string]: Shape } = {
  replicas: 'number',
  scaling: {
    minReplicas: 'number',
    maxReplicas: 'number',
    wva: { variantCost: 'string', hpa: 'object', keda },
    keda,
  },
  parallelism: {
    tensor: 'number',
    pipeline: 'number',
    data: 'number',
    dataLocal: 'number',
    dataRPCPort: 'number',
    expert: 'boolean',
  },
  template: pod,
  worker: pod,
  kvCacheOffloading: {
    cpu: 'amount',
    secondary: [
      { fileSystem: { emptyDir: { size: 'amount' }, pvc: { spec: 'object', ref: { name: 'string' } } } },
    ],
  },
  rolloutStrategy: { maxUnavailable: 'amount', maxSurge: 'amount' },
};
const reference: Shape = { name: 'string', namespace: 'string', sectionName: 'string' };
const spec: Shape = {
  ...workload,
  prefill: workload,
  baseRefs: [reference],
  // Adapters have a rule of their own: the schema lets anything stand there.
  model: {
    uri: 'string',
    name: 'string',
    confidential: { enabled: 'boolean', resourceId: 'string' },
    lora: { maxRank: 'number', maxAdapters: 'number', maxCpuAdapters: 'number' },
  },
  router: {
    route: {
      group: 'string',
      weight: 'number',
      http: { refs: [reference], spec: { parentRefs: [reference] } },
    },
    gateway: { refs: [reference] },
    ingress: { refs: [reference] },
    scheduler: {
      replicas: 'number',
      template: pod,
      tokenizer: { template: pod },
      config: { inline: 'object', ref: { name: 'string', key: 'string' } },
      pool: { ref: reference, spec: { targetPorts: [{ number: 'number' }] } },
    },
  },
};

/** One error for every value of another type than the rules expect there. */
export function shapeErrors(value: unknown): readonly FieldError[] {
  const errors: FieldError[] = [];
  collect(value, spec, 'spec', errors);
  return errors;
}

/** Appends to `errors`: every write passes here, and nearly all of them are right. */
function collect(value: unknown, shape: Shape, path: string, errors: FieldError[]): void {
  if (typeof shape === 'string') {
    if (!isA(value, shape)) errors.push(mismatch(path, value, shape === 'amounts' ? 'object' : shape));
  } else if (isList(shape)) {
    if (!Array.isArray(value)) errors.push(mismatch(path, value, 'array'));
    else for (const [index, item] of value.entries()) collect(item, shape[0], `${path}[${index}]`, errors);
  } else if (!isObject(value)) {
    errors.push(mismatch(path, value, 'object'));
  } else {
    for (const field of Object.keys(value)) {
      const inner = Object.hasOwn(shape, field) ? shape[field] : undefined;
      if (inner !== undefined) collect(value[field], inner, `${path}.${field}`, errors);
    }
  }
}

function isA(value: unknown, type: Extract<Shape, string>): boolean {
  if (type === 'object') return isObject(value);
  if (type === 'amounts') return isObject(value) && Object.values(value).every((one) => isA(one, 'amount'));
  if (type === 'amount') return typeof value === 'number' || typeof value === 'string';
  return typeof value === type;
}

function mismatch(path: string, value: unknown, type: string): FieldError {
  const expected = { amount: 'number or string', number: 'integer' }[type] ?? type;
  const found = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return typeInvalid(path, found, `must be of type ${expected}`);
}

function isList(shape: Exclude<Shape, string>): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

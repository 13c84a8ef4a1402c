import type { LLMInferenceServiceSpec } from '@weir/api/serving';

/** One thing that users do; the same sequence is played calmly and amid failures. */
export type Operation =
  | {
      readonly type: 'create';
      readonly name: string;
      readonly spec: LLMInferenceServiceSpec;
      readonly annotations: Readonly<Record<string, string>>;
    }
  | { readonly type: 'patch'; readonly name: string; readonly patch: object }
  | { readonly type: 'delete'; readonly name: string }
  /** Creates or replaces a Config that services share. */
  | { readonly type: 'config'; readonly name: string; readonly spec: LLMInferenceServiceSpec };

export type Random = () => number;

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const serviceCount = 20;
const configNames = ['shared-a', 'shared-b'];
const stop = 'serving.kserve.io/stop';
const criticality = 'weir.dev/criticality';

/** `count` operations over twenty services, most of which live at any time. */
export function operationsOf(seed: number, count: number): Operation[] {
  const random = randomOf(seed);
  const living = new Map<string, Living>();
  const names = Array.from({ length: serviceCount }, (_, i) => `svc-${i}`);
  const operations: Operation[] = configNames.map((name) => ({
    type: 'config',
    name,
    spec: configSpec(random),
  }));
  while (operations.length < count) {
    const name = pick(random, names);
    const service = living.get(name);
    const dice = random();
    if (service === undefined) {
      const created = pick(random, variants)(random);
      living.set(name, { isStopped: false, wasBroken: isBroken(created), isBroken: isBroken(created) });
      operations.push({ type: 'create', name, ...created });
    } else if (dice < 0.12) {
      living.delete(name);
      operations.push({ type: 'delete', name });
    } else if (dice < 0.3) {
      service.isStopped = !service.isStopped;
      const annotations = { [stop]: service.isStopped ? 'true' : null };
      operations.push({ type: 'patch', name, patch: { metadata: { annotations } } });
    } else if (dice < 0.38) {
      operations.push({ type: 'config', name: pick(random, configNames), spec: configSpec(random) });
    } else {
      const patch = pick(random, edits)(random);
      if (touchesBases(patch)) {
        service.isBroken = isBroken(patch);
        service.wasBroken &&= service.isBroken;
      }
      operations.push({ type: 'patch', name, patch });
    }
  }
  return [...operations, ...mends(living)];
}

interface Living {
  isStopped: boolean;
  /** It names a base that does not exist. */
  isBroken: boolean;
  /** It has never been without that. */
  wasBroken: boolean;
}

/**
 * What runs keeps running when a spec cannot be composed any more, so the objects of such a service tell of its past:
 * of how far the controller had come by then. Comparable are those that never worked, and those that work in the end.
 */
function mends(living: ReadonlyMap<string, Living>): Operation[] {
  const broken = [...living].filter(([, service]) => service.isBroken && !service.wasBroken);
  return broken.map(([name]) => ({ type: 'patch', name, patch: { spec: { baseRefs: null } } }));
}

function touchesBases(patch: object): boolean {
  return JSON.stringify(patch).includes('"baseRefs"');
}

function isBroken(fields: object): boolean {
  return JSON.stringify(fields).includes(`"baseRefs":[{"name":"missing"}]`);
}

type Variant = (random: Random) => Pick<Extract<Operation, { type: 'create' }>, 'spec' | 'annotations'>;

const router = { route: {}, gateway: {}, scheduler: {} };
const trigger = {
  type: 'cron',
  metadata: { start: '0 6 * * *', end: '0 20 * * *', timezone: 'UTC', desiredReplicas: '2' },
};

/** One of every kind of service, also some that cannot work. */
const variants: readonly Variant[] = [
  (random) => plain({ model: modelOf(random) }),
  (random) => plain({ model: modelOf(random), replicas: numberOf(random, 3), router }),
  (random) => plain({ model: modelOf(random), prefill: { replicas: 1 }, router }),
  (random) => plain({ model: modelOf(random), template: {}, worker: {}, parallelism: { pipeline: 2 } }),
  (random) =>
    plain({
      model: modelOf(random),
      scaling: { maxReplicas: numberOf(random, 5) + 1, wva: { hpa: {} } },
      router,
    }),
  (random) => plain({ model: modelOf(random), scaling: { maxReplicas: 3, keda: { triggers: [trigger] } } }),
  (random) =>
    plain({
      model: modelOf(random),
      router: { ...router, route: { group: 'team', weight: numberOf(random, 90) } },
    }),
  (random) => plain({ model: modelOf(random), router: { ...router, route: { group: 'team', weight: 50 } } }),
  (random) => plain({ model: modelOf(random), baseRefs: [{ name: pick(random, configNames) }], router }),
  (random) => plain({ model: modelOf(random), baseRefs: configNames.map((name) => ({ name })) }),
  (random) => plain({ model: modelOf(random), baseRefs: [{ name: 'missing' }] }),
  (random) => plain({ model: modelOf(random), router: { route: { http: { refs: [{ name: 'missing' }] } } } }),
  (random) => ({
    spec: {
      model: { ...modelOf(random), lora: { adapters: [{ name: 'sql', uri: 'hf://org/sql' }] } },
      router,
    },
    annotations: { [criticality]: 'Critical' },
  }),
];

const edits: readonly ((random: Random) => object)[] = [
  (random) => ({ spec: { model: modelOf(random) } }),
  (random) => ({ spec: { labels: { team: `t${numberOf(random, 5)}` } } }),
  (random) => ({
    spec: {
      template: { containers: [{ name: 'main', env: [{ name: 'WHO', value: `w${numberOf(random, 9)}` }] }] },
    },
  }),
  (random) => ({
    metadata: { annotations: { [criticality]: pick(random, ['Critical', 'Standard', 'Sheddable']) } },
  }),
  () => ({ metadata: { annotations: { [criticality]: null } } }),
  () => ({ spec: { router: null } }),
  () => ({ spec: { router } }),
  () => ({ spec: { router: { scheduler: null } } }),
  (random) => ({ spec: { prefill: { replicas: numberOf(random, 3) } } }),
  () => ({ spec: { prefill: null } }),
  () => ({ spec: { template: {}, worker: {}, parallelism: { pipeline: 2 } } }),
  () => ({ spec: { worker: null, parallelism: null } }),
  (random) => ({ spec: { baseRefs: [{ name: pick(random, [...configNames, 'missing']) }] } }),
  () => ({ spec: { baseRefs: null } }),
];

function plain(spec: LLMInferenceServiceSpec): ReturnType<Variant> {
  return { spec, annotations: {} };
}

function modelOf(random: Random): { uri: string; name: string } {
  return { uri: `hf://org/model-${numberOf(random, 4)}`, name: `m${numberOf(random, 3)}` };
}

function configSpec(random: Random): LLMInferenceServiceSpec {
  return {
    labels: { shared: `s${numberOf(random, 9)}` },
    template: {
      containers: [{ name: 'main', env: [{ name: 'SHARED', value: `{{ .Name }}-${numberOf(random, 9)}` }] }],
    },
  };
}

function numberOf(random: Random, max: number): number {
  return 1 + Math.floor(random() * max);
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

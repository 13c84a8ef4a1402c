import type { LLMInferenceServiceSpec } from '@weir/api/serving';
import { numberOf, pick, type Random } from './chaos-random.ts';

export const configNames = ['shared-a', 'shared-b'];
const criticality = 'weir.dev/criticality';

interface NewService {
  readonly spec: LLMInferenceServiceSpec;
  readonly annotations: Readonly<Record<string, string>>;
}

type Variant = (random: Random) => NewService;

const router = { route: {}, gateway: {}, scheduler: {} };
const trigger = {
  type: 'cron',
  metadata: { start: '0 6 * * *', end: '0 20 * * *', timezone: 'UTC', desiredReplicas: '2' },
};

/** One of every kind of service, also some that cannot work. */
export const variants: readonly Variant[] = [
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

/** Patches of services. */
export const edits: readonly ((random: Random) => object)[] = [
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

function plain(spec: LLMInferenceServiceSpec): NewService {
  return { spec, annotations: {} };
}

function modelOf(random: Random): { uri: string; name: string } {
  return { uri: `hf://org/model-${numberOf(random, 4)}`, name: `m${numberOf(random, 3)}` };
}

export function configSpec(random: Random): LLMInferenceServiceSpec {
  return {
    labels: { shared: `s${numberOf(random, 9)}` },
    template: {
      containers: [{ name: 'main', env: [{ name: 'SHARED', value: `{{ .Name }}-${numberOf(random, 9)}` }] }],
    },
  };
}

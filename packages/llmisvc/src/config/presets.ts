import { type LLMInferenceServiceSpec, mainContainer, type ParallelismSpec } from '@weir/api/serving';

/** A well-known config: its name without the prefix, and when a service needs it. */
interface Preset {
  readonly suffix: string;
  readonly isNeeded: (spec: LLMInferenceServiceSpec) => boolean;
  /** The name that the status records is used, across changes of the prefix. */
  readonly isPinned: boolean;
}

/** In merge order. */
const presets: readonly Preset[] = [
  pinned('config-llm-scheduler', hasManagedPool),
  pinned('config-llm-tokenizer', needsTokenizer),
  pinned('config-llm-scheduler-latency-predictor', (spec) =>
    pickerPlugins(spec).has('predicted-latency-producer'),
  ),
  {
    suffix: 'config-llm-router-route',
    isNeeded: (spec) => spec.router?.route !== undefined && (spec.router.route.http?.refs ?? []).length === 0,
    isPinned: false,
  },
  pinned('config-llm-tracing', (spec) => spec.tracing !== undefined),
  ...workloadPresets('config-llm-prefill-', (spec) => spec.prefill),
  ...workloadPresets('config-llm-', (spec) => (spec.prefill === undefined ? spec : undefined)),
  ...workloadPresets('config-llm-decode-', (spec) => (spec.prefill === undefined ? undefined : spec)),
];

/** Names of the presets that a spec needs, in merge order; pinned names win over the current prefix. */
export function presetNames(
  spec: LLMInferenceServiceSpec,
  prefix: string,
  pins: Readonly<Record<string, string>>,
): readonly string[] {
  return presets
    .filter((preset) => preset.isNeeded(spec))
    .map((preset) => (preset.isPinned && pins[pinKey(preset.suffix)]) || prefix + preset.suffix);
}

/** What the status records after a composition: every well-known name that is not there yet, as it is now. */
export function pinPresetNames(
  prefix: string,
  pins: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const result: Record<string, string> = { ...pins };
  for (const { suffix } of presets) result[pinKey(suffix)] ||= prefix + suffix;
  return result;
}

/** Every well-known name under a prefix. */
export function wellKnownNames(prefix: string): ReadonlySet<string> {
  return new Set(presets.map(({ suffix }) => prefix + suffix));
}

/** Status annotation that pins a preset's name. */
function pinKey(suffix: string): string {
  return `serving.kserve.io/${suffix}`;
}

function pinned(suffix: string, isNeeded: Preset['isNeeded']): Preset {
  return { suffix, isNeeded, isPinned: true };
}

type Workload = Pick<LLMInferenceServiceSpec, 'worker' | 'parallelism'>;

/** One of three for each role: a single pod, or groups of pods by how they share the work. */
function workloadPresets(
  prefix: string,
  roleOf: (spec: LLMInferenceServiceSpec) => Workload | undefined,
): readonly Preset[] {
  const when =
    (test: (workload: Workload) => boolean) =>
    (spec: LLMInferenceServiceSpec): boolean => {
      const workload = roleOf(spec);
      return workload !== undefined && test(workload);
    };
  const isGroup = ({ worker }: Workload): boolean => worker !== undefined;
  return [
    pinned(
      `${prefix}template`,
      when((workload) => !isGroup(workload)),
    ),
    pinned(
      `${prefix}worker-data-parallel`,
      when((workload) => isGroup(workload) && isDataParallel(workload.parallelism)),
    ),
    pinned(
      `${prefix}worker-pipeline-parallel`,
      when(
        ({ worker, parallelism }) =>
          worker !== undefined && !isDataParallel(parallelism) && (parallelism?.pipeline ?? 0) > 0,
      ),
    ),
  ];
}

function isDataParallel(parallelism: ParallelismSpec | undefined): boolean {
  return (parallelism?.data ?? 0) > 0 || (parallelism?.dataLocal ?? 0) > 0;
}

function hasManagedPool({ router }: LLMInferenceServiceSpec): boolean {
  return router?.scheduler !== undefined && !router.scheduler.pool?.ref?.name;
}

function needsTokenizer(spec: LLMInferenceServiceSpec): boolean {
  const scheduler = spec.router?.scheduler;
  if (scheduler === undefined) return false;
  const plugins = pickerPlugins(spec);
  return (
    scheduler.tokenizer !== undefined ||
    plugins.has('token-producer') ||
    plugins.has('precise-prefix-cache-scorer')
  );
}

/**
 * Plugin types of the picker's configuration as far as the spec itself holds it: inline, else as an argument, which the
 * inline one would overrule.
 */
function pickerPlugins({ router }: LLMInferenceServiceSpec): ReadonlySet<string> {
  const { config, template } = router?.scheduler ?? {};
  if (config?.inline !== undefined) return new Set(typesOf(config.inline.plugins));
  const main = (template?.containers ?? []).find(({ name }) => name === mainContainer);
  const text = configTextOf([...(main?.command ?? []), ...(main?.args ?? [])]);
  return new Set([...text.matchAll(/\btype["']?\s*:\s*["']?([\w-]+)/g)].map((match) => match[1] ?? ''));
}

function typesOf(plugins: unknown): string[] {
  return (Array.isArray(plugins) ? plugins : []).map((plugin: unknown) =>
    typeof plugin === 'object' && plugin !== null && 'type' in plugin ? String(plugin.type) : '',
  );
}

function configTextOf(args: readonly string[]): string {
  const at = args.findIndex((argument) => /^--?(config-text|configText)(=|$)/.test(argument));
  const flag = args[at];
  if (flag === undefined) return '';
  return flag.includes('=') ? flag.slice(flag.indexOf('=') + 1) : (args[at + 1] ?? '');
}

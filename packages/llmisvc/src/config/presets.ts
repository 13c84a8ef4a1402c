import type { LLMInferenceServiceSpec } from '@weir/api/serving';

/** A well-known config: its name without the prefix, and when a service needs it. */
interface Preset {
  readonly suffix: string;
  readonly isNeeded: (spec: LLMInferenceServiceSpec) => boolean;
  /** The name in use when a service is first composed stays in its status, across changes of the prefix. */
  readonly isPinned: boolean;
}

/** In merge order. */
const presets: readonly Preset[] = [
  {
    suffix: 'config-llm-scheduler',
    isNeeded: (spec) => spec.router?.scheduler !== undefined,
    isPinned: true,
  },
  {
    suffix: 'config-llm-router-route',
    isNeeded: (spec) => spec.router?.route !== undefined && (spec.router.route.http?.refs ?? []).length === 0,
    isPinned: false,
  },
  { suffix: 'config-llm-template', isNeeded: () => true, isPinned: true },
];

/** Status annotation that pins a preset's name. */
function pinKey(suffix: string): string {
  return `serving.kserve.io/${suffix}`;
}

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

/** The pins after a composition: every well-known name that has none gets its current one. */
export function pinPresetNames(
  prefix: string,
  pins: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const result: Record<string, string> = { ...pins };
  for (const { suffix, isPinned } of presets) {
    if (isPinned) result[pinKey(suffix)] ||= prefix + suffix;
  }
  return result;
}

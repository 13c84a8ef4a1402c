import { mainContainer } from '@weir/api/serving';
import type { DesiredInput } from './input.ts';
import { namespaceOf } from './metadata.ts';

type SchedulerConfigText =
  | { readonly type: 'args'; readonly args: readonly string[] }
  | { readonly type: 'unreadable'; readonly message: string };

const configFlag = /^--?(config-text|configText|config-file|configFile)$/;

/** Key of the ConfigMap where the reference names none. */
const defaultKey = 'epp';

/**
 * The picker's configuration as arguments of its container: the typed one, the referenced one, none where the
 * template brings its own, else the default.
 */
export function schedulerConfigText({ service, spec, observed }: DesiredInput): SchedulerConfigText {
  const { config, template } = spec.router?.scheduler ?? {};
  if (config?.inline !== undefined) return args(JSON.stringify(config.inline));
  if (config?.ref !== undefined) {
    const key = config.ref.key || defaultKey;
    const shown = `ConfigMap ${namespaceOf(service)}/${config.ref.name}`;
    if (observed.schedulerConfigMap === undefined) {
      return unreadable(`${shown}, named by spec.router.scheduler.config.ref, does not exist — create it`);
    }
    const text = observed.schedulerConfigMap.data?.[key];
    return text === undefined
      ? unreadable(`${shown} has no key "${key}" — add it or set spec.router.scheduler.config.ref.key`)
      : args(text);
  }
  const main = template?.containers?.find((container) => container.name === mainContainer);
  if ((main?.args ?? []).some((argument) => configFlag.test(argument))) return { type: 'args', args: [] };
  return args(JSON.stringify(defaultConfig));
}

/** Short queues and free KV blocks count, prompts go back to where their prefix is. */
const defaultConfig = {
  apiVersion: 'llm-d.ai/v1alpha1',
  kind: 'EndpointPickerConfig',
  plugins: [
    { type: 'single-profile-handler' },
    { type: 'queue-scorer' },
    { type: 'kv-cache-utilization-scorer' },
    { type: 'prefix-cache-scorer' },
    { type: 'no-hit-lru-scorer' },
    { type: 'max-score-picker' },
  ],
  schedulingProfiles: [
    {
      name: 'default',
      plugins: [
        { pluginRef: 'queue-scorer', weight: 2 },
        { pluginRef: 'kv-cache-utilization-scorer', weight: 2 },
        { pluginRef: 'prefix-cache-scorer', weight: 3 },
        { pluginRef: 'no-hit-lru-scorer', weight: 2 },
        { pluginRef: 'max-score-picker' },
      ],
    },
  ],
};

function args(text: string): SchedulerConfigText {
  return { type: 'args', args: ['--config-text', text] };
}

function unreadable(message: string): SchedulerConfigText {
  return { type: 'unreadable', message };
}

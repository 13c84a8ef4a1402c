import type { ConfigDocument, DocumentPlugin } from '@weir/epp/config';
import type { DesiredInput } from './input.ts';
import { hasPriorities } from './objectives.ts';

type Weighted = readonly [name: string, weight?: number];

/** What a picker runs when nobody says otherwise (control-plane 10.2). */
export function defaultSchedulerConfig(input: DesiredInput): ConfigDocument {
  const { spec } = input;
  const hasAdapters = (spec.model?.lora?.adapters ?? []).length > 0;
  const lora: readonly Weighted[] = hasAdapters ? [['lora-affinity-scorer', 4]] : [];
  const { plugins, profiles } = spec.prefill === undefined ? aggregated(lora) : disaggregated(lora);
  return {
    apiVersion: 'llm-d.ai/v1alpha1',
    kind: 'EndpointPickerConfig',
    // Priorities mean something only where requests wait in queues.
    ...(hasPriorities(input) ? { featureGates: ['flowControl'] } : {}),
    plugins: [...plugins, ...lora.map(([type]) => ({ type }))],
    schedulingProfiles: Object.entries(profiles).map(([name, members]) => ({
      name,
      plugins: members.map(([pluginRef, weight]) => ({
        pluginRef,
        ...(weight === undefined ? {} : { weight }),
      })),
    })),
  };
}

interface Shape {
  readonly plugins: readonly DocumentPlugin[];
  readonly profiles: Readonly<Record<string, readonly Weighted[]>>;
}

/** Short queues and free KV blocks count, prompts go back to where their prefix is, new ones where none is hit. */
function aggregated(lora: readonly Weighted[]): Shape {
  return {
    plugins: [
      { type: 'single-profile-handler' },
      { type: 'queue-scorer' },
      { type: 'kv-cache-utilization-scorer' },
      { type: 'prefix-cache-scorer' },
      { type: 'no-hit-lru-scorer' },
      { type: 'max-score-picker' },
    ],
    profiles: {
      default: [
        ...lora,
        ['queue-scorer', 2],
        ['kv-cache-utilization-scorer', 2],
        ['prefix-cache-scorer', 3],
        ['no-hit-lru-scorer', 2],
        ['max-score-picker'],
      ],
    },
  };
}

/** A prompt is processed by one pod and answered by another. */
function disaggregated(lora: readonly Weighted[]): Shape {
  const decider = 'always-disagg-pd-decider';
  return {
    plugins: [
      { type: 'disagg-headers-handler' },
      { type: 'prefill-filter' },
      { type: 'decode-filter' },
      { type: 'queue-scorer' },
      { type: 'kv-cache-utilization-scorer' },
      { type: 'active-request-scorer' },
      { type: 'prefix-cache-scorer' },
      { type: 'max-score-picker' },
      { type: decider },
      { type: 'disagg-profile-handler', parameters: { deciders: { prefill: decider } } },
    ],
    profiles: {
      prefill: [
        ['prefill-filter'],
        ...lora,
        ['prefix-cache-scorer', 3],
        ['queue-scorer', 2],
        ['kv-cache-utilization-scorer', 2],
        ['max-score-picker'],
      ],
      decode: [
        ['decode-filter'],
        ...lora,
        ['active-request-scorer', 2],
        ['prefix-cache-scorer', 3],
        ['max-score-picker'],
      ],
    },
  };
}

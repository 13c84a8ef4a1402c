import type { ObjectMeta } from '../meta/index.ts';
import type { FieldWithoutEffect } from './without-effect.ts';

interface Unbuilt {
  /** What the annotation would configure. */
  readonly feature: string;
  /** Values that ask for what happens anyway. */
  readonly anyway?: readonly string[];
}

/** What may follow `weir.dev/` and is carried out by nothing yet. */
const unbuilt: Readonly<Record<string, Unbuilt>> = {
  chaos: { feature: 'fault drills' },
  'drain-timeout': { feature: 'waiting for running requests before a pod ends' },
  engine: { feature: 'choosing an engine per service', anyway: ['auto'] },
  gang: { feature: 'starting groups of pods all or none', anyway: ['false'] },
  'hold-limit': { feature: 'holding requests while a service starts' },
  'hold-timeout': { feature: 'holding requests while a service starts' },
  'implicit-session': { feature: 'sessions by content', anyway: ['off'] },
  'lora-replicas': { feature: 'placing adapters' },
  'manage-paths': { feature: 'writing paths into referenced Ingresses', anyway: ['false'] },
  'pd-decider': { feature: 'deciding per request on prefill pods' },
  'pd-fallback': { feature: 'announcing what serves without prefill pods', anyway: ['fail'] },
  'pd-ratio': { feature: 'scaling prefill and decode pods together' },
  picker: { feature: 'asking pickers outside the gateway', anyway: ['embedded'] },
  prewarm: { feature: 'pods started in advance', anyway: ['0'] },
  'pvc-copy': { feature: 'copying models out of volume claims', anyway: ['false'] },
  'require-auth': { feature: 'refusing services without authentication', anyway: ['false'] },
  rollback: { feature: 'going back to the last good revision', anyway: ['off'] },
  scaling: { feature: 'scaling by the platform' },
  'shed-status': { feature: 'another status code of shed requests', anyway: ['429'] },
  suspend: { feature: 'suspending', anyway: ['false'] },
  zero: { feature: 'scaling to zero' },
};

const prefix = 'weir.dev/';

export function annotationsWithoutEffect({ annotations = {} }: ObjectMeta): readonly FieldWithoutEffect[] {
  return Object.entries(annotations).flatMap(([key, value]) => {
    const name = key.slice(prefix.length);
    const known = key.startsWith(prefix) && Object.hasOwn(unbuilt, name) ? unbuilt[name] : undefined;
    if (known === undefined || known.anyway?.includes(value) === true) return [];
    const reason = `${known.feature} is not built yet in this version`;
    return [{ path: `metadata.annotations[${key}]`, reason }];
  });
}

import type { LLMInferenceServiceSpec } from '@weir/api/serving';
import { pick, randomOf } from './chaos-random.ts';
import { configNames, configSpec, edits, variants } from './chaos-specs.ts';

/** One thing that users do; the same sequence is played calmly and amid failures. */
export type Operation =
  | {
      readonly type: 'create';
      readonly name: string;
      readonly version: Version;
      readonly spec: LLMInferenceServiceSpec;
      readonly annotations: Readonly<Record<string, string>>;
    }
  | { readonly type: 'patch'; readonly name: string; readonly version: Version; readonly patch: object }
  | { readonly type: 'delete'; readonly name: string }
  /** Creates or replaces a Config that services share. */
  | {
      readonly type: 'config';
      readonly name: string;
      readonly version: Version;
      readonly spec: LLMInferenceServiceSpec;
    }
  /** Spoils or deletes a child by hand; `dice`, from 0 to 1, chooses among those that exist by then. */
  | {
      readonly type: 'drift';
      readonly name: string;
      readonly dice: number;
      readonly change: 'edit' | 'relabel' | 'delete';
    };

/** Of the API that the user speaks. */
export type Version = 'v1alpha1' | 'v1alpha2';

const serviceCount = 20;
const stop = 'serving.kserve.io/stop';

/** `count` operations over twenty services, most of which live at any time. */
export function operationsOf(seed: number, count: number): Operation[] {
  const random = randomOf(seed);
  const living = new Map<string, Living>();
  const names = Array.from({ length: serviceCount }, (_, i) => `svc-${i}`);
  const version = (): Version => (random() < 0.3 ? 'v1alpha1' : 'v1alpha2');
  const config = (name: string): Operation => ({
    type: 'config',
    name,
    version: version(),
    spec: configSpec(random),
  });
  const operations = configNames.map(config);
  while (operations.length < count) {
    const name = pick(random, names);
    const service = living.get(name);
    const dice = random();
    if (service === undefined) {
      const created = pick(random, variants)(random);
      living.set(name, { isStopped: false, wasBroken: isBroken(created), isBroken: isBroken(created) });
      operations.push({ type: 'create', name, version: version(), ...created });
    } else if (dice < 0.12) {
      living.delete(name);
      operations.push({ type: 'delete', name });
    } else if (dice < 0.3) {
      service.isStopped = !service.isStopped;
      const annotations = { [stop]: service.isStopped ? 'true' : null };
      operations.push({ type: 'patch', name, version: version(), patch: { metadata: { annotations } } });
    } else if (dice < 0.38) {
      operations.push(config(pick(random, configNames)));
    } else if (dice < 0.55) {
      const change = pick(random, ['edit', 'edit', 'relabel', 'delete'] as const);
      operations.push({ type: 'drift', name, dice: random(), change });
    } else {
      const patch = pick(random, edits)(random);
      if (touchesBases(patch)) {
        service.isBroken = isBroken(patch);
        service.wasBroken &&= service.isBroken;
      }
      operations.push({ type: 'patch', name, version: version(), patch });
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
  return broken.map(([name]) => ({
    type: 'patch',
    name,
    version: 'v1alpha2',
    patch: { spec: { baseRefs: null } },
  }));
}

function touchesBases(patch: object): boolean {
  return JSON.stringify(patch).includes('"baseRefs"');
}

function isBroken(fields: object): boolean {
  return JSON.stringify(fields).includes(`"baseRefs":[{"name":"missing"}]`);
}

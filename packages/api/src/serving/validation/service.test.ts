import { describe, expect, test } from 'vitest';
import type { LLMInferenceServiceSpec } from '../types.ts';
import { ruleWarnings } from './index.ts';
import { containing, errorsOf } from './testing.ts';

/** What holds for a service as a whole: its router, and both sides together. */
describe.each(['v1alpha1', 'v1alpha2'])('%s', (version) => {
  const refs = [{ name: 'r' }];
  const gateways = [{ name: 'edge', namespace: 'infra' }];
  const cases: [string, unknown, string[]][] = [
    ['a plain service', { replicas: 0, router: { route: {}, gateway: {}, scheduler: {} } }, []],
    [
      'route refs and spec',
      { router: { route: { http: { refs, spec: {} } } } },
      ['Invalid spec.router.route.http unsupported configuration: cannot use both custom HTTPRoute refs'],
    ],
    [
      'route refs with a managed gateway',
      { router: { gateway: {}, route: { http: { refs } } } },
      [
        "Invalid spec.router.route.http.refs unsupported configuration: custom HTTP routes ('spec.router.route.http.refs') cannot be used with a managed gateway ('spec.router.gateway')",
      ],
    ],
    [
      'a group beside an Ingress',
      { router: { ingress: {}, route: { group: 'g', weight: 1 } } },
      ['Invalid spec.router.route.group traffic splitting requires Gateway API routing'],
    ],
    [
      'a group without weight',
      { router: { route: { group: 'g' } } },
      ['Required spec.router.route.weight group requires weight'],
    ],
    [
      'a weight without group',
      { router: { route: { weight: 0 } } },
      ['Required spec.router.route.group weight requires group'],
    ],
    [
      'a group with own routes',
      { router: { route: { group: 'g', weight: 1, http: { refs } } } },
      ['Invalid spec.router.route.group traffic splitting cannot be used with custom HTTPRoute refs'],
    ],
    [
      'no scheduler replicas',
      { router: { scheduler: { replicas: 0 } } },
      ['Invalid spec.router.scheduler.replicas scheduler replicas must be greater than zero'],
    ],
    [
      'an empty scheduler config',
      { router: { scheduler: { config: {} } } },
      ['Invalid spec.router.scheduler.config either inline or ref is required'],
    ],
    [
      'two scheduler configs',
      { router: { scheduler: { config: { inline: { a: 1 }, ref: { name: 'c' } } } } },
      ['Invalid spec.router.scheduler.config both inline and ref are set'],
    ],
    [
      'an empty inline config',
      { router: { scheduler: { config: { inline: {} } } } },
      ['Invalid spec.router.scheduler.config.inline inline configuration is invalid'],
    ],
    [
      'a config ref without name',
      { router: { scheduler: { config: { ref: { key: 'epp' } } } } },
      ['Invalid spec.router.scheduler.config.ref.name name is empty'],
    ],
    [
      'LoRA limits below 1',
      { model: { lora: { maxRank: 0, maxAdapters: 0, maxCpuAdapters: 0 } } },
      [
        'Invalid spec.model.lora.maxRank maxRank must be at least 1',
        'Invalid spec.model.lora.maxAdapters maxAdapters must be at least 1',
        'Invalid spec.model.lora.maxCpuAdapters maxCpuAdapters must be at least 1',
      ],
    ],
    [
      'two sides that scale by different modes',
      {
        scaling: { maxReplicas: 2, keda: { triggers: [{}] } },
        prefill: { scaling: { maxReplicas: 2, wva: { hpa: {} } } },
      },
      [
        'Invalid spec.prefill.scaling decode and prefill must use the same scaling mode; decode uses direct keda but prefill uses wva',
      ],
    ],
    [
      'two sides with different actuators',
      {
        scaling: { maxReplicas: 2, wva: { keda: {} } },
        prefill: { scaling: { maxReplicas: 2, wva: { hpa: {} } } },
      },
      [
        'Invalid spec.prefill.scaling.wva decode and prefill must use the same actuator backend; decode uses keda but prefill uses hpa',
      ],
    ],
  ];

  test.each(cases)('%s', (_name, spec, expected) => {
    expect(errorsOf(spec, { version })).toEqual(containing(...expected));
  });

  test('own parents beside gateway refs', () => {
    const same = {
      router: { gateway: { refs: gateways }, route: { http: { spec: { parentRefs: gateways } } } },
    };
    const other = { router: { ...same.router, gateway: { refs: [{ name: 'other' }] } } };
    expect(errorsOf(same, { version })).toEqual(
      version === 'v1alpha1' ? containing('cannot be used with custom gateway refs') : [],
    );
    expect(errorsOf(other, { version })).toEqual(
      containing(version === 'v1alpha1' ? 'cannot be used with' : 'has parentRefs that conflict with'),
    );
    expect(ruleWarnings(same as LLMInferenceServiceSpec)).toEqual(containing('parentRefs can be omitted'));
  });

  test('the size of a group stays', () => {
    const oldSpec = { parallelism: { pipeline: 2 }, prefill: { parallelism: { data: 4, dataLocal: 2 } } };
    const spec = { parallelism: { pipeline: 3 }, prefill: { parallelism: { data: 8, dataLocal: 2 } } };
    expect(errorsOf(spec, { version, oldSpec })).toEqual([
      'NotSupported spec.parallelism total parallelism size is immutable, previous size 2, curr size 3',
      'NotSupported spec.prefill.parallelism total parallelism size is immutable, previous size 2, curr size 4',
    ]);
    expect(errorsOf({ parallelism: { pipeline: 2 } }, { version, oldSpec })).toEqual([]);
  });
});

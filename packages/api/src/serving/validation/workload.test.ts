import { describe, expect, test } from 'vitest';
import { containing, errorsOf, workers } from './testing.ts';

/** What holds for the spec holds for its prefill. */
describe.each(['spec', 'spec.prefill'])('the workload at %s', (path) => {
  const cases: [string, unknown, string[]][] = [
    [
      'a worker without parallelism',
      { worker: workers },
      ['Invalid @.worker when worker is specified, parallelism must'],
    ],
    [
      'a worker with tensor alone',
      { worker: workers, parallelism: { tensor: 8 } },
      ['Invalid @.worker when worker'],
    ],
    [
      'pipeline and data',
      { parallelism: { pipeline: 2, data: 2, dataLocal: 1 } },
      ['Invalid @.parallelism cannot set both pipeline parallelism and data parallelism'],
    ],
    [
      'data alone',
      { parallelism: { data: 2 } },
      ['Invalid @.parallelism.dataLocal dataLocal must be set when data is set'],
    ],
    [
      'dataLocal alone',
      { parallelism: { dataLocal: 2 } },
      ['Invalid @.parallelism.data data must be set when dataLocal is set'],
    ],
    [
      'sizes of 0',
      { parallelism: { pipeline: 0, data: 0, dataLocal: -1 } },
      [
        'Invalid @.parallelism.pipeline pipeline parallelism must be greater than 0',
        'Invalid @.parallelism.data data parallelism must be greater than 0',
        'Invalid @.parallelism.dataLocal dataLocal parallelism must be greater than 0',
      ],
    ],
    [
      'scaling and replicas',
      { replicas: 1, scaling: { maxReplicas: 1, wva: { hpa: {} } } },
      ['Invalid @.scaling scaling and replicas are mutually exclusive'],
    ],
    [
      'a minimum over the maximum',
      { scaling: { minReplicas: 3, maxReplicas: 1, wva: { hpa: {} } } },
      ['Invalid @.scaling.minReplicas minReplicas (3) cannot exceed maxReplicas (1)'],
    ],
    [
      'two mechanisms',
      { scaling: { maxReplicas: 1, wva: {}, keda: {} } },
      ['Invalid @.scaling wva and keda are mutually exclusive'],
    ],
    [
      'no mechanism',
      { scaling: { maxReplicas: 1 } },
      ['Required @.scaling either wva or keda must be specified'],
    ],
    [
      'KEDA without triggers',
      { scaling: { maxReplicas: 1, keda: { triggers: [] } } },
      ['Required @.scaling.keda.triggers at least one trigger is required'],
    ],
    [
      'two actuators',
      { scaling: { maxReplicas: 1, wva: { hpa: {}, keda: {} } } },
      ['Invalid @.scaling.wva hpa and keda are mutually exclusive'],
    ],
    ['no actuator', { scaling: { maxReplicas: 1, wva: {} } }, ['Required @.scaling.wva either hpa or keda']],
    [
      'a cost that is no number',
      { scaling: { maxReplicas: 1, wva: { hpa: {}, variantCost: 'a' } } },
      ['Invalid @.scaling.wva.variantCost variantCost must be a non-negative numeric string'],
    ],
    [
      'a formula beside that of WVA',
      {
        scaling: { maxReplicas: 1, wva: { keda: { advanced: { scalingModifiers: { formula: 'a' } } } } },
      },
      ['Forbidden @.scaling.wva.keda.advanced.scalingModifiers scalingModifiers must not be set'],
    ],
    [
      'a name for the HPA',
      {
        scaling: {
          maxReplicas: 1,
          keda: { triggers: [{}], advanced: { horizontalPodAutoscalerConfig: { name: 'h' } } },
        },
      },
      [
        'Forbidden @.scaling.keda.advanced.horizontalPodAutoscalerConfig.name horizontalPodAutoscalerConfig.name must not be set',
      ],
    ],
    [
      'an idle count without minimum',
      { scaling: { maxReplicas: 1, wva: { keda: { idleReplicaCount: 0 } } } },
      ['Required @.scaling.minReplicas minReplicas is required when idleReplicaCount is set'],
    ],
    [
      'an idle count at the minimum',
      {
        scaling: { minReplicas: 1, maxReplicas: 1, keda: { triggers: [{}], idleReplicaCount: 1 } },
      },
      ['Invalid @.scaling.keda.idleReplicaCount idleReplicaCount (1) must be less than minReplicas (1)'],
    ],
    [
      'tiers without memory',
      { kvCacheOffloading: { cpu: 0, secondary: [{ fileSystem: { emptyDir: { size: 1 } } }] } },
      ['Required @.kvCacheOffloading.cpu cpu must be set when secondary tiers are configured'],
    ],
    [
      'tiers without a backend',
      {
        kvCacheOffloading: {
          cpu: 1,
          secondary: [
            {},
            { fileSystem: {} },
            { fileSystem: { pvc: {} } },
            { fileSystem: { pvc: { ref: { name: '' } } } },
          ],
        },
      },
      [
        'Required @.kvCacheOffloading.secondary[0].fileSystem only fileSystem tiers are supported',
        'Required @.kvCacheOffloading.secondary[1].fileSystem exactly one of emptyDir or pvc must be set',
        'Required @.kvCacheOffloading.secondary[2].fileSystem.pvc exactly one of spec or ref must be set',
        'Required @.kvCacheOffloading.secondary[3].fileSystem.pvc.ref.name name is required',
      ],
    ],
    [
      'tiers with two backends',
      {
        kvCacheOffloading: {
          cpu: 1,
          secondary: [
            { fileSystem: { emptyDir: {}, pvc: {} } },
            { fileSystem: { pvc: { spec: {}, ref: { name: 'a' } } } },
          ],
        },
      },
      [
        'Invalid @.kvCacheOffloading.secondary[0].fileSystem exactly one of emptyDir or pvc must be set; multiple are set',
        'Invalid @.kvCacheOffloading.secondary[1].fileSystem.pvc exactly one of spec or ref must be set; multiple are set',
      ],
    ],
    [
      'a rollout by negative numbers and bad percentages',
      { rolloutStrategy: { maxUnavailable: -1, maxSurge: 'x' } },
      [
        'Invalid @.rolloutStrategy.maxUnavailable must be greater than or equal to 0',
        'Invalid @.rolloutStrategy.maxSurge a valid percent string must be a numeric string',
      ],
    ],
    [
      'a rollout over 100%',
      { rolloutStrategy: { maxSurge: '101%' } },
      ['Invalid @.rolloutStrategy.maxSurge must not be greater than 100%'],
    ],
    [
      'a rollout that cannot move',
      { rolloutStrategy: { maxUnavailable: '50%', maxSurge: 0 } },
      ['Invalid @.rolloutStrategy maxUnavailable and maxSurge cannot both be zero'],
    ],
    ['a rollout that can', { rolloutStrategy: { maxUnavailable: '0%', maxSurge: '100%' } }, []],
    [
      'groups that may not miss and not surge',
      {
        worker: workers,
        parallelism: { pipeline: 2 },
        rolloutStrategy: { maxUnavailable: '99%' },
      },
      ['Required @.rolloutStrategy.maxSurge maxSurge is required for multi-node workloads'],
    ],
  ];

  test.each(cases)('%s', (_name, workload, expected) => {
    const spec = path === 'spec' ? workload : { prefill: workload };
    expect(errorsOf(spec)).toEqual(containing(...expected.map((text) => text.replace('@', path))));
  });
});

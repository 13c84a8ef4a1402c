import {
  atomicList,
  choice,
  described,
  flag,
  integer,
  object,
  stringMap,
  text,
  withRules,
} from './schema-builders.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** `scaling` of a workload. `behavior` is HorizontalPodAutoscalerBehavior of autoscaling/v2. */
export function scalingSchema(behavior: StructuralSchema): StructuralSchema {
  const scaling = object(
    'Bounds within which the number of replicas moves by itself. Excludes replicas.',
    {
      minReplicas: { ...integer('Least replicas while there is load.', 1), default: 1 },
      maxReplicas: integer('Most replicas.', 1),
      wva: wvaSchema(behavior),
      keda: directKedaSchema(behavior),
    },
    ['maxReplicas'],
  );
  return withRules(scaling, [
    {
      rule: 'has(self.wva) || has(self.keda)',
      message: 'either wva or keda must be specified when scaling is configured',
    },
    { rule: '!(has(self.wva) && has(self.keda))', message: 'wva and keda are mutually exclusive' },
    {
      rule: '!has(self.keda) || size(self.keda.triggers) > 0',
      message: 'at least one trigger is required when using direct KEDA scaling',
    },
    {
      rule: '!has(self.minReplicas) || self.minReplicas <= self.maxReplicas',
      message: 'minReplicas cannot exceed maxReplicas',
    },
    ...idleRules('wva.keda', '!has(self.wva) || !has(self.wva.keda)'),
    ...idleRules('keda', '!has(self.keda)'),
  ]);
}

function idleRules(path: string, absent: string): { rule: string; message: string }[] {
  const unset = `${absent} || !has(self.${path}.idleReplicaCount)`;
  return [
    {
      rule: `${unset} || has(self.minReplicas)`,
      message: 'minReplicas is required when idleReplicaCount is set',
    },
    {
      rule: `${unset} || !has(self.minReplicas) || self.${path}.idleReplicaCount < self.minReplicas`,
      message:
        'idleReplicaCount must be less than minReplicas; ' +
        'idleReplicaCount defines the replica floor when no triggers are active',
    },
  ];
}

function wvaSchema(behavior: StructuralSchema): StructuralSchema {
  const wva = object('The variant autoscaler computes the wanted replicas; hpa or keda carries it out.', {
    variantCost: {
      ...text('Cost of one replica, compared with other variants of the model. A decimal such as "10.0".'),
      pattern: '^\\d+(\\.\\d+)?$',
      default: '10.0',
    },
    hpa: object('A HorizontalPodAutoscaler carries the wanted count out. {} is enough.', {
      behavior: described(behavior, 'How fast the HorizontalPodAutoscaler may go up and down.'),
    }),
    keda: kedaSchema('KEDA carries the wanted count out. {} is enough.', behavior),
  });
  const modifiers = 'self.keda.advanced.scalingModifiers';
  const fields = ['formula', 'target', 'activationTarget', 'metricType'];
  return withRules(wva, [
    {
      rule:
        `!has(self.keda) || !has(self.keda.advanced) || !has(${modifiers}) || (` +
        `${fields.map((field) => `(!has(${modifiers}.${field}) || size(${modifiers}.${field}) == 0)`).join(' && ')})`,
      message: 'scalingModifiers must not be set; WVA controls the scaling metric formula and logic',
    },
    {
      rule: '!(has(self.hpa) && has(self.keda))',
      message: 'hpa and keda are mutually exclusive; choose one actuator backend',
    },
    {
      rule: 'has(self.hpa) || has(self.keda)',
      message: 'either hpa or keda must be specified as the actuator backend',
    },
  ]);
}

function kedaSchema(
  description: string,
  behavior: StructuralSchema,
  more: Record<string, StructuralSchema> = {},
  required: string[] = [],
): StructuralSchema {
  const keda = object(
    description,
    {
      pollingInterval: integer('Seconds between two looks at the triggers.', 1),
      cooldownPeriod: integer('Seconds without load before the count falls to idleReplicaCount.', 0),
      initialCooldownPeriod: integer('Seconds after creation before the cool-down may count.', 0),
      idleReplicaCount: integer('Replicas while no trigger is active. Must be below minReplicas.', 0),
      fallback: fallbackSchema(),
      advanced: advancedSchema(behavior),
      ...more,
    },
    required,
  );
  const config = 'self.advanced.horizontalPodAutoscalerConfig';
  return withRules(keda, [
    {
      rule: `!has(self.advanced) || !has(${config}) || !has(${config}.name) || size(${config}.name) == 0`,
      message: 'horizontalPodAutoscalerConfig.name must not be set; the controller manages the HPA name',
    },
  ]);
}

function fallbackSchema(): StructuralSchema {
  return object(
    'Replicas to hold while the triggers cannot be read.',
    {
      failureThreshold: integer('Failed looks in a row before the fallback counts.'),
      replicas: integer('Replicas of the fallback.'),
      behavior: {
        ...choice('How replicas is combined with the live count.', [
          'static',
          'currentReplicas',
          'currentReplicasIfHigher',
          'currentReplicasIfLower',
        ]),
        default: 'static',
      },
    },
    ['failureThreshold', 'replicas'],
  );
}

function advancedSchema(behavior: StructuralSchema): StructuralSchema {
  return object('Settings of the ScaledObject for special cases.', {
    restoreToOriginalReplicaCount: flag('Put the count back when the ScaledObject is deleted.'),
    horizontalPodAutoscalerConfig: object('The HorizontalPodAutoscaler that KEDA makes.', {
      name: text('Must stay empty: the controller names it.'),
      behavior: described(behavior, 'How fast the count may go up and down.'),
    }),
    scalingModifiers: object('One formula over all triggers. Only with direct KEDA.', {
      formula: text('Expression over the names of the triggers.'),
      target: text('Value of the formula to aim for.'),
      activationTarget: text('Value of the formula above which scaling starts.'),
      metricType: choice('How target is meant.', ['AverageValue', 'Value']),
    }),
  });
}

function directKedaSchema(behavior: StructuralSchema): StructuralSchema {
  const trigger = object(
    'One source of a metric.',
    {
      type: text('Kind of source: prometheus, cron, cpu, kafka and so on.'),
      name: text('Name for use in a formula.'),
      useCachedMetrics: flag('Take the value of the last polling instead of asking on every request.'),
      metadata: stringMap('Settings of the source.'),
      authenticationRef: object(
        'Credentials for the source.',
        {
          name: text('Name of the TriggerAuthentication.'),
          kind: text('TriggerAuthentication or ClusterTriggerAuthentication.'),
        },
        ['name'],
      ),
      metricType: text('AverageValue, Value or Utilization.'),
    },
    ['metadata', 'type'],
  );
  const triggers = {
    ...atomicList('What decides about the count; the one that asks for most wins.', trigger),
    minItems: 1,
  };
  return kedaSchema('KEDA scales by triggers of your own.', behavior, { triggers }, ['triggers']);
}

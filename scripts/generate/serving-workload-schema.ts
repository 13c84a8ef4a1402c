import {
  choice,
  countOrPercent,
  described,
  flag,
  integer,
  list,
  object,
  quantity,
  stringMap,
  text,
} from './schema-builders.ts';
import { scalingSchema } from './serving-scaling-schema.ts';
import type { EmbeddedSchemas } from './serving-schema.ts';
import type { StructuralSchema } from './structural-schema.ts';

export const replicasOrScaling = {
  rule: '!(has(self.replicas) && has(self.scaling))',
  message:
    'replicas and scaling are mutually exclusive; use scaling for autoscaled deployments or replicas for static deployments',
};

/** The fields that the spec itself and its prefill have in common. */
export function workloadProperties(
  embedded: EmbeddedSchemas,
  version: string,
): Record<string, StructuralSchema> {
  return {
    replicas: integer(
      'Number of engine pods, or of groups with worker. Left out, the live number is kept, so that other tools can scale.',
      0,
    ),
    scaling: scalingSchema(embedded.scalingBehavior),
    parallelism: parallelismSchema(),
    labels: stringMap('Labels added to the engine pods and to the Service in front of them.'),
    annotations: stringMap('Annotations added to the engine pods and to the Service in front of them.'),
    template: described(
      embedded.podSpec,
      'Pod of the engine, merged over the preset: containers by name, env by name, volumes by name. The container ' +
        'called "main" is the engine; its args are appended to the engine command of the preset.',
    ),
    worker: described(
      embedded.podSpec,
      'Pod of the workers of a group. Presence makes each replica a group of pods: a leader made from template, ' +
        'and workers. Needs parallelism with pipeline, or data and dataLocal.',
    ),
    ...(version === 'v1alpha1' ? {} : { kvCacheOffloading: kvCacheSchema(embedded) }),
    rolloutStrategy: object('How pods are replaced after a change.', {
      maxUnavailable: countOrPercent(
        'Pods that may be missing meanwhile, as a number or percentage. 25% without worker, 1 with.',
      ),
      maxSurge: countOrPercent(
        'Pods that may exist on top meanwhile, as a number or percentage. 25% without worker, 0 with.',
      ),
    }),
  };
}

function parallelismSchema(): StructuralSchema {
  return object('How the model is spread over devices and pods.', {
    tensor: integer('Devices that share every layer (--tensor-parallel-size).', 1),
    pipeline: integer('Stages that hold some of the layers each; with worker, the pods of a group.', 1),
    data: integer('Copies of the model over all pods of a replica (--data-parallel-size).', 1),
    dataLocal: integer('Copies of the model in each pod. data divided by it gives the pods of a group.', 1),
    dataRPCPort: integer('Port by which the copies coordinate. 5555 in the presets.', 1, 65535),
    expert: flag('Spread the experts of a mixture-of-experts model over the devices.'),
  });
}

function kvCacheSchema(embedded: EmbeddedSchemas): StructuralSchema {
  const claim = object('Storage of a PersistentVolumeClaim. Give spec or ref.', {
    spec: described(embedded.claimSpec, 'A claim of its own for every pod, deleted with it.'),
    ref: object(
      'A claim that exists.',
      { name: text('Name of the claim.'), path: text('Folder on the volume.') },
      ['name'],
    ),
  });
  const fileSystem = object('A folder. Give emptyDir or pvc.', {
    emptyDir: object(
      'Local disk of the node, empty at every start of the pod.',
      { size: quantity('Space, also requested for the engine as ephemeral storage.') },
      ['size'],
    ),
    pvc: claim,
  });
  return object(
    'Where the cache of keys and values goes when device memory is full, so that prompts need not be read twice.',
    {
      cpu: quantity('Memory of the pod for the first tier, such as 4Gi.'),
      evictionPolicy: {
        ...choice('What is dropped first: lru the least recently used, arc by recency and frequency.', [
          'lru',
          'arc',
        ]),
        default: 'lru',
      },
      secondary: list('Further tiers, the nearest first.', object('One tier.', { fileSystem })),
    },
    ['cpu'],
  );
}

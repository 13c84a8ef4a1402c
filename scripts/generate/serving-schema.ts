import type { StructuralSchema } from './structural-schema.ts';

/** Schemas of other APIs that the serving kinds embed. */
export interface EmbeddedSchemas {
  readonly podSpec: StructuralSchema;
  readonly httpRouteSpec: StructuralSchema;
  readonly poolSpec: StructuralSchema;
}

/** The spec of both kinds; a Config may leave out what another layer gives. */
export function specSchema(embedded: EmbeddedSchemas, isConfig: boolean): StructuralSchema {
  return object('What to serve, with how many pods, and how requests reach them.', {
    model: object(
      'The model to load.',
      {
        uri: text(
          'Where the weights come from: hf://org/model, s3://bucket/path, gs://bucket/path, pvc://claim/path, ' +
            'oci://image, file:///path, https://host/file or builtin://tiny-random.',
        ),
        name: text('Name by which requests ask for the model. Defaults to the name of the service.'),
      },
      isConfig ? [] : ['uri'],
    ),
    replicas: {
      ...integer('Number of engine pods. Left out, the live number is kept, so that other tools can scale.'),
      minimum: 0,
    },
    labels: stringMap('Labels added to the engine pods and to the Service in front of them.'),
    annotations: stringMap('Annotations added to the engine pods and to the Service in front of them.'),
    template: described(
      embedded.podSpec,
      'Pod of the engine, merged over the preset: containers by name, env by name, volumes by name. ' +
        'The container called "main" is the engine; its args are appended to the engine command of the preset.',
    ),
    baseRefs: list(
      'Configs of this namespace or of the system namespace that lie under this spec. Later ones win over ' +
        'earlier ones, this spec wins over all.',
      object('One config.', { name: text('Name of an LLMInferenceServiceConfig.') }, ['name']),
    ),
    router: object(
      'How requests reach the pods. Left out, the service is reachable inside the cluster only.',
      {
        route: routeSchema(embedded),
        gateway: gatewaySchema(),
        scheduler: schedulerSchema(embedded, isConfig),
      },
    ),
  });
}

function routeSchema(embedded: EmbeddedSchemas): StructuralSchema {
  return object('HTTP routes of the service. {} asks for the managed route.', {
    http: object('Own routes, or an own text of the managed one.', {
      refs: list(
        'HTTPRoutes of this namespace that you manage yourself; no route is created.',
        object('One HTTPRoute.', { name: text('Name of the HTTPRoute.') }, ['name']),
      ),
      spec: described(
        embedded.httpRouteSpec,
        'Spec of the managed HTTPRoute, merged over the preset. Rules without backends get the managed one.',
      ),
    }),
  });
}

function gatewaySchema(): StructuralSchema {
  return object('Gateways that carry the route. {} asks for the default gateway of the platform.', {
    refs: list(
      'Existing Gateways to attach to, instead of the default one.',
      object(
        'One Gateway.',
        {
          name: { ...text('Name of the Gateway.'), minLength: 1, maxLength: 253 },
          namespace: {
            ...text('Namespace of the Gateway. Defaults to the namespace of the service.'),
            minLength: 1,
            maxLength: 63,
            pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
          },
          sectionName: {
            ...text('Listener of the Gateway. Left out, all its HTTP listeners are used.'),
            minLength: 1,
            maxLength: 253,
            pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
          },
        },
        ['name'],
      ),
    ),
  });
}

function schedulerSchema(embedded: EmbeddedSchemas, isConfig: boolean): StructuralSchema {
  return object(
    'Endpoint picker that chooses a pod for every request by load and cached prefixes. {} asks for the default one.',
    {
      replicas: integer('Number of pickers; more than one elects a leader. Must be at least 1.'),
      labels: stringMap('Labels added to the pods of the picker.'),
      annotations: stringMap('Annotations added to the pods of the picker.'),
      template: described(
        embedded.podSpec,
        'Pod of the picker, merged over the preset. The container called "main" is the picker.',
      ),
      config: object('EndpointPickerConfig: plugins and how they are weighted. Give inline or ref.', {
        inline: {
          type: 'object',
          description: 'An EndpointPickerConfig.',
          'x-kubernetes-preserve-unknown-fields': true,
        },
        ref: object(
          'Key of a ConfigMap of this namespace that holds an EndpointPickerConfig as YAML or JSON.',
          {
            name: { ...text('Name of the ConfigMap.'), default: '' },
            key: text('Key in the ConfigMap; usually epp.'),
            optional: {
              type: 'boolean',
              description: 'Accepted for compatibility; a missing ConfigMap is an error.',
            },
          },
          isConfig ? [] : ['key'],
        ),
      }),
      pool: object('InferencePool of the service.', {
        spec: described(embedded.poolSpec, 'Spec of the managed InferencePool, merged over the preset.'),
      }),
    },
  );
}

const conditions: StructuralSchema = list(
  'State of the parts; Ready sums them up.',
  object(
    'One condition.',
    {
      type: text('What the condition is about.'),
      status: text('True, False or Unknown.'),
      severity: text('Empty for conditions that count towards Ready, Info for the others.'),
      reason: text('Why, in one word.'),
      message: text('Why, in one sentence, with the next step.'),
      lastTransitionTime: { type: 'string', format: 'date-time', description: 'When status last changed.' },
      observedGeneration: { ...integer('Generation of the object that was looked at.'), format: 'int64' },
    },
    ['type', 'status'],
  ),
);

const duckStatus: Readonly<Record<string, StructuralSchema>> = {
  observedGeneration: {
    ...integer('Generation of the object that this status belongs to.'),
    format: 'int64',
  },
  conditions,
  annotations: stringMap('Names of the presets in use, kept across upgrades of the platform.'),
};

export function configStatusSchema(): StructuralSchema {
  return object('State of the config.', { ...duckStatus });
}

/** Status of a service; v1alpha1 knows fewer fields. */
export function serviceStatusSchema(version: string): StructuralSchema {
  const isFull = version === 'v1alpha2';
  const address = object('One address.', {
    name: text('gateway-external, gateway-internal or internal.'),
    url: text('URL.'),
    ...(isFull
      ? {
          origin: reference('What provides the address.'),
          models: list(
            'Models served there.',
            object('One model.', { name: text('Name of the model.') }, ['name']),
          ),
        }
      : {}),
  });
  return object('State of the service.', {
    ...duckStatus,
    url: text('URL to send requests to.'),
    addresses: { ...list('Every URL of the service.', address), 'x-kubernetes-list-type': 'atomic' },
    replicas: text('Ready and wanted engine pods, such as 2/3.'),
    model: text('Name by which requests ask for the model.'),
    topology: text('Shape of the workload, such as single.'),
    stage: text('What the service is doing: Pending, Downloading, Loading, Serving, Stopped or Failed.'),
    ...(isFull
      ? { router: routerStatus(), workloads: workloadsStatus(), appliedConfigs: appliedConfigs() }
      : {}),
  });
}

function routerStatus(): StructuralSchema {
  return object('Objects that requests pass.', {
    gateways: list('Gateways of the routes.', {
      ...reference('One Gateway.'),
      properties: {
        ...reference('').properties,
        listeners: list('Listeners in use.', { type: 'string' }),
        httpRoutes: list('Routes that name the Gateway.', reference('One route.')),
      },
    }),
    scheduler: object('Endpoint picking.', {
      inferencePool: reference('Pool of the service.'),
      service: reference('Service of the picker.'),
    }),
  });
}

function workloadsStatus(): StructuralSchema {
  const workload = (description: string): StructuralSchema =>
    object(description, {
      apiGroup: text('API group.'),
      kind: text('Kind.'),
      name: text('Name.'),
      readyReplicas: integer('Pods that are available.'),
    });
  return object('Objects that run pods.', {
    primary: workload('The engines.'),
    scheduler: workload('The endpoint picker.'),
    service: reference('Service in front of the engines.'),
  });
}

function appliedConfigs(): StructuralSchema {
  const config = object('One layer.', {
    name: text('Name of the config.'),
    namespace: text('Namespace of the config.'),
    source: { ...text('Preset or UserRef.'), enum: ['Preset', 'UserRef'] },
  });
  return { ...list('Layers of the spec in merge order.', config), 'x-kubernetes-list-type': 'atomic' };
}

function reference(description: string): StructuralSchema {
  return object(description, {
    apiVersion: text('API version.'),
    group: text('API group.'),
    kind: text('Kind.'),
    name: text('Name.'),
    namespace: text('Namespace.'),
  });
}

function object(
  description: string,
  properties: Record<string, StructuralSchema>,
  required: string[] = [],
): StructuralSchema {
  return { type: 'object', description, properties, ...(required.length === 0 ? {} : { required }) };
}

function list(description: string, items: StructuralSchema): StructuralSchema {
  return { type: 'array', description, items };
}

function text(description: string): StructuralSchema {
  return { type: 'string', description };
}

function integer(description: string): StructuralSchema {
  return { type: 'integer', format: 'int32', description };
}

function stringMap(description: string): StructuralSchema {
  return { type: 'object', description, additionalProperties: { type: 'string' } };
}

function described(schema: StructuralSchema, description: string): StructuralSchema {
  return { ...schema, description };
}

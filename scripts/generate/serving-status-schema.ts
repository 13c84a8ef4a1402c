import {
  atomicList,
  choice,
  flag,
  integer,
  list,
  namespaceName,
  object,
  objectName,
  stringMap,
  subdomain,
  text,
} from './schema-builders.ts';
import type { StructuralSchema } from './structural-schema.ts';

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
      lastTransitionTime: text('When status last changed.'),
      observedGeneration: { ...integer('Generation of the object that was looked at.'), format: 'int64' },
    },
    ['type', 'status'],
  ),
);

const commonStatus: Readonly<Record<string, StructuralSchema>> = {
  observedGeneration: {
    ...integer('Generation of the object that this status belongs to.'),
    format: 'int64',
  },
  conditions,
  annotations: stringMap('Names of the presets in use, kept across upgrades of the platform.'),
};

export function configStatusSchema(version: string): StructuralSchema {
  const user = object('One service.', { name: text('Its name.'), namespace: text('Its namespace.') }, [
    'name',
    'namespace',
  ]);
  return object('State of the config.', {
    ...commonStatus,
    ...(version === 'v1alpha1' ? {} : { referencedBy: atomicList('Services that are built on it.', user) }),
  });
}

/** Status of a service; v1alpha1 knows fewer fields. */
export function serviceStatusSchema(version: string): StructuralSchema {
  const isFull = version === 'v1alpha2';
  const address = addressSchema(isFull);
  return object('State of the service.', {
    ...commonStatus,
    url: text('URL to send requests to.'),
    address: { ...address, description: 'No longer written; see addresses.' },
    addresses: atomicList('Every URL of the service.', address),
    replicas: text('Ready and wanted engine pods, such as 2/3.'),
    model: text('Name by which requests ask for the model.'),
    topology: text('Shape of the workload: single, pd, multi-node or pd+multi-node.'),
    stage: text('What the service is doing: Pending, Downloading, Loading, Serving, Stopped or Failed.'),
    router: routerStatus(isFull),
    ...(isFull ? { workloads: workloadsStatus(), appliedConfigs: appliedConfigs() } : {}),
  });
}

function addressSchema(isFull: boolean): StructuralSchema {
  const model = object('One model.', { name: text('Name of the model.') }, ['name']);
  return object('One address.', {
    name: text('gateway-external, gateway-internal or internal.'),
    url: text('URL.'),
    CACerts: text('Certificates, as PEM, to verify the address with.'),
    audience: text('Audience of tokens for the address.'),
    ...(isFull
      ? { origin: reference('What provides the address.'), models: list('Models served there.', model) }
      : {}),
  });
}

function routerStatus(isFull: boolean): StructuralSchema {
  const gateway = reference('One Gateway.', {
    listeners: atomicList('Listeners in use.', subdomain('Name of a listener.')),
    httpRoutes: atomicList('Routes that name the Gateway.', reference('One route.')),
  });
  return object('Objects that requests pass.', {
    gateways: atomicList('Gateways of the routes.', gateway),
    scheduler: object('Endpoint picking.', {
      inferencePool: reference('Pool of the service.'),
      service: reference('Service of the picker.'),
    }),
    ...(isFull ? { group: groupStatus() } : {}),
  });
}

function groupStatus(): StructuralSchema {
  const backend = object(
    'Where its share of the requests goes.',
    {
      group: { ...apiGroup('API group.'), default: '' },
      kind: { ...kindName('Kind.'), default: 'Service' },
      name: objectName('Name.'),
      namespace: namespaceName('Namespace.'),
      port: integer('Port.', 1, 65535),
    },
    ['name'],
  );
  const member = object(
    'One service of the group.',
    {
      name: text('Name of the service.'),
      weight: { ...integer('Its weight.') },
      stopped: flag('Whether it is stopped and gets no requests.'),
      backendRef: backend,
    },
    ['name', 'weight'],
  );
  return object(
    'Services that split one stream of requests.',
    {
      name: text('Name of the group.'),
      members: {
        ...list('The services.', member),
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      },
    },
    ['name'],
  );
}

function workloadsStatus(): StructuralSchema {
  const workload = (description: string): StructuralSchema => ({
    ...object(
      description,
      {
        apiGroup: text('API group.'),
        kind: text('Kind.'),
        name: text('Name.'),
        readyReplicas: integer('Replicas that are available.'),
      },
      ['kind', 'name'],
    ),
    'x-kubernetes-map-type': 'atomic',
  });
  const service = object(
    'Service in front of the engines.',
    { apiGroup: text('API group.'), kind: text('Kind.'), name: text('Name.') },
    ['kind', 'name'],
  );
  return object('Objects that run pods.', {
    primary: workload('The engines, or those that decode.'),
    prefill: workload('The engines that read prompts.'),
    scheduler: workload('The endpoint picker.'),
    service: { ...service, 'x-kubernetes-map-type': 'atomic' },
  });
}

function appliedConfigs(): StructuralSchema {
  const config = object(
    'One layer.',
    {
      name: objectName('Name of the config.'),
      namespace: namespaceName('Namespace of the config.'),
      source: choice('Preset when the platform chose it, UserRef when baseRefs names it.', [
        'Preset',
        'UserRef',
      ]),
    },
    ['name', 'namespace', 'source'],
  );
  return atomicList('Layers of the spec in merge order.', config);
}

function reference(description: string, more: Record<string, StructuralSchema> = {}): StructuralSchema {
  return object(
    description,
    {
      group: apiGroup('API group; empty for core kinds.'),
      kind: kindName('Kind.'),
      name: objectName('Name.'),
      namespace: namespaceName('Namespace.'),
      ...more,
    },
    ['group', 'kind', 'name'],
  );
}

function apiGroup(description: string): StructuralSchema {
  return {
    ...text(description),
    maxLength: 253,
    pattern: '^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
  };
}

function kindName(description: string): StructuralSchema {
  return {
    ...text(description),
    minLength: 1,
    maxLength: 63,
    pattern: '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$',
  };
}

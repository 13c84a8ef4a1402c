import {
  described,
  flag,
  integer,
  list,
  localReference,
  namespaceName,
  object,
  objectName,
  stringMap,
  subdomain,
  text,
} from './schema-builders.ts';
import type { EmbeddedSchemas } from './serving-schema.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** `spec.router`: how requests come in and who picks the pod. */
export function routerSchema(embedded: EmbeddedSchemas, isConfig: boolean): StructuralSchema {
  return object('How requests reach the pods. Left out, the service is reachable inside the cluster only.', {
    route: routeSchema(embedded),
    gateway: gatewaySchema(),
    ingress: object('A networking.k8s.io Ingress instead of the Gateway API. {} asks for one.', {
      refs: list(
        'Existing Ingresses to use.',
        object('One Ingress.', {
          name: objectName('Name of the Ingress.'),
          namespace: namespaceName('Namespace of the Ingress.'),
        }),
      ),
    }),
    scheduler: schedulerSchema(embedded, isConfig),
  });
}

function routeSchema(embedded: EmbeddedSchemas): StructuralSchema {
  return object('HTTP routes of the service. {} asks for the managed route.', {
    http: object('Own routes, or an own text of the managed one.', {
      refs: list(
        'HTTPRoutes of this namespace that you manage yourself; no route is created.',
        localReference('One HTTPRoute.', 'HTTPRoute'),
      ),
      spec: described(
        embedded.httpRouteSpec,
        'Spec of the managed HTTPRoute, merged over the preset. Rules without backends get the managed one.',
      ),
    }),
    group: {
      ...text('Name shared by the services that split one stream of requests. Needs weight.'),
      minLength: 1,
      maxLength: 63,
      pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$',
    },
    weight: integer('Share of the requests of the group, relative to the other members.', 0, 1000000),
  });
}

function gatewaySchema(): StructuralSchema {
  return object('Gateways that carry the route. {} asks for the default gateway of the platform.', {
    refs: list(
      'Existing Gateways to attach to, instead of the default one.',
      object('One Gateway.', {
        name: objectName('Name of the Gateway.'),
        namespace: namespaceName('Namespace of the Gateway. Defaults to the namespace of the service.'),
        sectionName: subdomain('Listener of the Gateway. Left out, all its HTTP listeners are used.'),
      }),
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
      config: pickerConfigSchema(isConfig),
      pool: object('InferencePool of the service. Give spec or ref.', {
        spec: described(embedded.poolSpec, 'Spec of the managed InferencePool, merged over the preset.'),
        ref: localReference(
          'A pool of this namespace that somebody else manages together with its picker; none is deployed.',
          'InferencePool',
        ),
      }),
      tokenizer: object('Service that tokenizes prompts for the picker.', {
        template: described(
          { ...embedded.podSpec, required: ['containers'] },
          'Pod of the tokenizer, merged over the preset.',
        ),
      }),
    },
  );
}

function pickerConfigSchema(isConfig: boolean): StructuralSchema {
  const key = object(
    'Key of a ConfigMap of this namespace that holds an EndpointPickerConfig as YAML or JSON.',
    {
      name: { ...text('Name of the ConfigMap.'), default: '' },
      key: text('Key in the ConfigMap; usually epp.'),
      optional: flag('Accepted for compatibility; a missing ConfigMap is an error.'),
    },
    isConfig ? [] : ['key'],
  );
  return object('EndpointPickerConfig: plugins and how they are weighted. Give inline or ref.', {
    inline: {
      type: 'object',
      description: 'An EndpointPickerConfig.',
      'x-kubernetes-preserve-unknown-fields': true,
    },
    ref: { ...key, 'x-kubernetes-map-type': 'atomic' },
  });
}

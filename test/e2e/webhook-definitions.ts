/** A kind with two versions of the same shape. */
export const widgetDefinition: object = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.parity.example' },
  spec: {
    group: 'parity.example',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [version('v1', true), version('v1alpha1', false)],
  },
};

/** A kind whose versions call the same field differently. */
export const gadgetDefinition: object = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'gadgets.parity.example' },
  spec: {
    group: 'parity.example',
    scope: 'Namespaced',
    names: { plural: 'gadgets', kind: 'Gadget' },
    versions: [gadgetVersion('v1', 'size', true), gadgetVersion('v1alpha1', 'width', false)],
  },
};

function gadgetVersion(name: string, field: string, storage: boolean): object {
  const properties = {
    spec: { type: 'object', properties: { [field]: { type: 'integer', minimum: 0 } } },
    status: { type: 'object', properties: { ok: { type: 'boolean' } } },
  };
  const schema = { openAPIV3Schema: { type: 'object', properties } };
  return { name, served: true, storage, schema, subresources: { status: {} } };
}

function version(name: string, storage: boolean): object {
  return {
    name,
    served: true,
    storage,
    schema: {
      openAPIV3Schema: {
        type: 'object',
        properties: {
          spec: {
            type: 'object',
            properties: {
              size: { type: 'integer', minimum: 0 },
              color: { type: 'string', default: 'red' },
            },
          },
          status: { type: 'object', properties: { size: { type: 'integer' } } },
        },
      },
    },
    subresources: {
      status: {},
      scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' },
    },
  };
}

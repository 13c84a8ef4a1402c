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

import type { KubeObject } from '@weir/api/meta';
import { silentLogger } from '@weir/core/log';
import { Client } from '@weir/kube';
import type { ApiServer, ApiServerOptions } from './contracts.ts';
import { createApiServer } from './server.ts';

export interface TestServer {
  readonly server: ApiServer;
  readonly client: Client;
}

/** A server in memory, for tests of this package. */
export async function startTestServer(options: Partial<ApiServerOptions> = {}): Promise<TestServer> {
  const server = await createApiServer({
    dataDir: null,
    log: silentLogger,
    crds: [],
    admission: [],
    converters: [],
    ...options,
  });
  return { server, client: new Client({ fetch: server.fetch, fieldManager: 'test' }) };
}

export function configMap(name: string, more: object = {}): KubeObject & { data?: Record<string, string> } {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default' },
    data: { a: 'b' },
    ...more,
  };
}

/** A CRD with two served versions, defaults, columns, scale and status. */
export const widgetDefinition: KubeObject & { spec: Record<string, unknown> } = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.test.example' },
  spec: {
    group: 'test.example',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'], categories: ['all'] },
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
              size: { type: 'integer', default: 1, minimum: 0 },
              color: { type: 'string', enum: ['red', 'blue'] },
            },
          },
          status: {
            type: 'object',
            properties: { size: { type: 'integer' }, selector: { type: 'string' } },
          },
        },
      },
    },
    subresources: {
      status: {},
      scale: {
        specReplicasPath: '.spec.size',
        statusReplicasPath: '.status.size',
        labelSelectorPath: '.status.selector',
      },
    },
    additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
  };
}

export const widgets = {
  group: 'test.example',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
} as const;

export function widget(name: string, spec: object = {}): KubeObject & { spec: object; status?: unknown } {
  return { apiVersion: 'test.example/v1', kind: 'Widget', metadata: { name, namespace: 'default' }, spec };
}

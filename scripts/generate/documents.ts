import { readFileSync } from 'node:fs';
import path from 'node:path';
import { moduleFolder } from './sources.ts';

export interface OpenApiSchema {
  type?: string;
  format?: string;
  description?: string;
  default?: unknown;
  $ref?: string;
  allOf?: OpenApiSchema[];
  oneOf?: OpenApiSchema[];
  items?: OpenApiSchema;
  properties?: Record<string, OpenApiSchema>;
  additionalProperties?: OpenApiSchema | boolean;
  required?: string[];
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
}

/** Group-versions of the built-in kinds that the API server serves. */
export const builtinGroupVersions: readonly string[] = [
  'v1',
  'admissionregistration.k8s.io/v1',
  'apiextensions.k8s.io/v1',
  'apps/v1',
  'authentication.k8s.io/v1',
  'authorization.k8s.io/v1',
  'autoscaling/v1',
  'autoscaling/v2',
  'batch/v1',
  'coordination.k8s.io/v1',
  'discovery.k8s.io/v1',
  'events.k8s.io/v1',
  'networking.k8s.io/v1',
  'policy/v1',
  'rbac.authorization.k8s.io/v1',
  'resource.k8s.io/v1',
  'scheduling.k8s.io/v1',
  'storage.k8s.io/v1',
];

/** Schemas of one group-version, by full name such as `io.k8s.api.core.v1.Pod`. */
export function readSchemas(groupVersion: string): Record<string, OpenApiSchema> {
  const name = groupVersion.includes('/')
    ? `apis__${groupVersion.replace('/', '__')}`
    : `api__${groupVersion}`;
  const document = readApi(path.join('openapi-spec', 'v3', `${name}_openapi.json`)) as {
    components: { schemas: Record<string, OpenApiSchema> };
  };
  return document.components.schemas;
}

/** One file of the Kubernetes module's `api` folder. */
export function readApi(file: string): unknown {
  folder ??= path.join(moduleFolder('kubernetes'), 'api');
  return JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
}

let folder: string | undefined;

export function referenceOf(schema: OpenApiSchema): string | undefined {
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  return reference?.replace('#/components/schemas/', '');
}

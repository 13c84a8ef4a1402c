import type { OpenApiResource } from './documents.ts';

const status = { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Status' };
const deleteOptions = { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions' };
const patch = { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Patch' };

/** Schemas that every document needs for the operations below. */
export const schemasOfPaths: readonly string[] = ['Status', 'DeleteOptions', 'Patch'].map(
  (name) => `io.k8s.apimachinery.pkg.apis.meta.v1.${name}`,
);

const descriptions = {
  dryRun:
    'When present, indicates that modifications should not be persisted. Valid values are: - All: all dry run stages will be processed',
  fieldManager:
    'The name of the actor or entity that is making these changes: at most 128 printable characters.',
  fieldValidation:
    'What the server does with unknown or duplicate fields: Ignore, Warn (the default) or Strict.',
  force: 'Take fields that other managers own. Only for apply patches.',
  labelSelector: 'Restricts the returned objects by their labels. Defaults to everything.',
  fieldSelector: 'Restricts the returned objects by their fields. Defaults to everything.',
  limit: 'The most items that a list call returns.',
  continue: 'The token of an earlier list call that was cut short by limit.',
  watch: 'Stream the changes of the described resources as watch events.',
  resourceVersion: 'Which state to read or to watch from.',
  timeoutSeconds: 'Time limit of a list or watch call.',
  propagationPolicy: "What happens to dependents: 'Orphan', 'Background' or 'Foreground'.",
  gracePeriodSeconds: 'Seconds before the object is deleted. Zero means delete immediately.',
} as const;

const numbers: readonly string[] = ['limit', 'timeoutSeconds', 'gracePeriodSeconds'];
const booleans: readonly string[] = ['force', 'watch'];

type QueryName = keyof typeof descriptions;

const readQuery: readonly QueryName[] = ['resourceVersion'];
const listQuery: readonly QueryName[] = [
  'labelSelector',
  'fieldSelector',
  'limit',
  'continue',
  'watch',
  'resourceVersion',
  'timeoutSeconds',
];
const writeQuery: readonly QueryName[] = ['dryRun', 'fieldManager', 'fieldValidation'];
const deleteQuery: readonly QueryName[] = ['dryRun', 'gracePeriodSeconds', 'propagationPolicy'];

export const customPatchTypes: readonly string[] = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
];

/** Only built-in kinds have merge keys; kubectl looks here which patch it may send. */
export const builtinPatchTypes: readonly string[] = [
  ...customPatchTypes,
  'application/strategic-merge-patch+json',
];

/** The paths of one resource with the operations that it allows. */
export function pathsOf(
  resource: OpenApiResource,
  schemaName: string,
  patchTypes: readonly string[],
): Record<string, unknown> {
  const base =
    resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scoped = resource.namespaced ? `${base}/namespaces/{namespace}` : base;
  const kind = { group: resource.group, version: resource.version, kind: resource.kind };
  const body = { $ref: `#/components/schemas/${schemaName}` };
  const build = (verb: Verb): unknown => operation(verb, kind, body, patchTypes);
  const paths: Record<string, unknown> = {};
  const add = (path: string, operations: Record<string, Verb>): void => {
    const allowed = Object.entries(operations).filter(([, verb]) => resource.verbs.includes(verb.verb));
    if (allowed.length === 0) return;
    paths[path] = {
      parameters: pathParameters(path),
      ...Object.fromEntries(allowed.map(([method, verb]) => [method, build(verb)])),
    };
  };
  if (resource.namespaced) add(`${base}/${resource.plural}`, { get: verbs.list });
  add(`${scoped}/${resource.plural}`, {
    get: verbs.list,
    post: verbs.create,
    delete: verbs.deletecollection,
  });
  const named = { get: verbs.get, put: verbs.update, patch: verbs.patch };
  add(`${scoped}/${resource.plural}/{name}`, { ...named, delete: verbs.delete });
  if (resource.hasStatus) add(`${scoped}/${resource.plural}/{name}/status`, named);
  return paths;
}

interface Verb {
  readonly verb: string;
  /** As in x-kubernetes-action. */
  readonly action: string;
  readonly query: readonly QueryName[];
  readonly body: 'none' | 'object' | 'patch' | 'options';
}

const verbs = {
  get: { verb: 'get', action: 'get', query: readQuery, body: 'none' },
  list: { verb: 'list', action: 'list', query: listQuery, body: 'none' },
  create: { verb: 'create', action: 'post', query: writeQuery, body: 'object' },
  update: { verb: 'update', action: 'put', query: writeQuery, body: 'object' },
  patch: { verb: 'patch', action: 'patch', query: [...writeQuery, 'force'], body: 'patch' },
  delete: { verb: 'delete', action: 'delete', query: deleteQuery, body: 'options' },
  deletecollection: {
    verb: 'deletecollection',
    action: 'deletecollection',
    query: [...deleteQuery, 'labelSelector', 'fieldSelector'],
    body: 'options',
  },
} as const satisfies Readonly<Record<string, Verb>>;

function operation(verb: Verb, kind: object, body: object, patchTypes: readonly string[]): unknown {
  const isDelete = verb.body === 'options';
  const success = verb.action === 'post' ? '201' : '200';
  return {
    description: `${verb.verb} ${(kind as { kind: string }).kind}`,
    parameters: verb.query.map(queryParameter),
    ...(verb.body === 'none' ? {} : { requestBody: requestBody(verb, body, patchTypes) }),
    responses: {
      [success]: { description: 'OK', content: content(['application/json'], isDelete ? status : body) },
      401: { description: 'Unauthorized' },
    },
    'x-kubernetes-action': verb.action,
    'x-kubernetes-group-version-kind': kind,
  };
}

function requestBody(verb: Verb, body: object, patchTypes: readonly string[]): unknown {
  if (verb.body === 'patch') return { content: content(patchTypes, patch), required: true };
  if (verb.body === 'options') return { content: content(['*/*'], deleteOptions) };
  return { content: content(['*/*'], body), required: true };
}

function content(types: readonly string[], schema: object): Record<string, unknown> {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}

function queryParameter(name: QueryName): unknown {
  const type = numbers.includes(name) ? 'integer' : booleans.includes(name) ? 'boolean' : 'string';
  return { name, in: 'query', description: descriptions[name], schema: { type, uniqueItems: true } };
}

function pathParameters(path: string): unknown[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  return names.map((name) => ({
    name,
    in: 'path',
    required: true,
    description:
      name === 'namespace'
        ? 'object name and auth scope, such as for teams and projects'
        : 'name of the object',
    schema: { type: 'string', uniqueItems: true },
  }));
}

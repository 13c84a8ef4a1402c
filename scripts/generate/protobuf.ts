import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { moduleFolder } from './sources.ts';

/** `[JSON name, type, how]` of one field; `how` is made of the letters that `flags` below explains. */
type Field = [name: string, type: string, how: string];

/** Letters: repeated, map (of strings to the type), inlined into its parent's JSON, zero left out of JSON. */
const flags = { repeated: 'r', map: 'm', inline: 'i', omitZero: 'o' } as const;

/** Packages with the messages of the served kinds, by the apiVersion that the envelope names. */
const packages: Readonly<Record<string, string>> = {
  v1: 'core/v1',
  'apps/v1': 'apps/v1',
  'authentication.k8s.io/v1': 'authentication/v1',
  'authorization.k8s.io/v1': 'authorization/v1',
  'autoscaling/v1': 'autoscaling/v1',
  'coordination.k8s.io/v1': 'coordination/v1',
  'discovery.k8s.io/v1': 'discovery/v1',
  'rbac.authorization.k8s.io/v1': 'rbac/v1',
  'storage.k8s.io/v1': 'storage/v1',
};

/** Kinds that clients send; what they refer to follows. */
const roots: Readonly<Record<string, readonly string[]>> = {
  v1: [
    'Binding',
    'ConfigMap',
    'Event',
    'Namespace',
    'Node',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'Pod',
    'Secret',
    'Service',
    'ServiceAccount',
  ],
  'apps/v1': ['Deployment', 'ReplicaSet'],
  'authentication.k8s.io/v1': ['SelfSubjectReview', 'TokenRequest', 'TokenReview'],
  'authorization.k8s.io/v1': [
    'LocalSubjectAccessReview',
    'SelfSubjectAccessReview',
    'SelfSubjectRulesReview',
    'SubjectAccessReview',
  ],
  'autoscaling/v1': ['Scale'],
  'coordination.k8s.io/v1': ['Lease'],
  'discovery.k8s.io/v1': ['EndpointSlice'],
  'rbac.authorization.k8s.io/v1': ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
  'storage.k8s.io/v1': ['StorageClass'],
};

/** Packages of apimachinery that they refer to. */
const machinery: readonly string[] = [
  'pkg/api/resource',
  'pkg/apis/meta/v1',
  'pkg/runtime',
  'pkg/util/intstr',
];

const meta = 'k8s.io.apimachinery.pkg.apis.meta.v1';

/**
 * Writes the field numbers of the messages that clients send in Kubernetes' protobuf encoding, with what the Go types
 * say about their JSON: which fields are inlined, and which leave out zero values.
 */
export function generateProtobuf(target: string): void {
  const messages = new Map<string, Record<string, Field>>();
  for (const folder of Object.values(packages)) readPackage('kubernetesApi', folder, messages);
  for (const folder of machinery) readPackage('kubernetesApimachinery', folder, messages);
  const kinds: Record<string, string> = { DeleteOptions: `${meta}.DeleteOptions` };
  for (const [apiVersion, names] of Object.entries(roots)) {
    const prefix = `k8s.io.api.${(packages[apiVersion] ?? '').replace('/', '.')}`;
    for (const name of names) kinds[`${apiVersion}/${name}`] = `${prefix}.${name}`;
  }
  const reached = reachable(messages, Object.values(kinds));
  const lines = [...reached]
    .sort()
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(messages.get(name))}`);
  const head =
    'npm run generate (scripts/generate/protobuf.ts) from the protobuf definitions and Go types of Kubernetes';
  writeFileSync(
    target,
    `{"generatedBy":${JSON.stringify(head)},\n"kinds":${JSON.stringify(kinds)},\n"messages":{\n${lines.join(',\n')}\n}}\n`,
  );
}

function readPackage(
  module: 'kubernetesApi' | 'kubernetesApimachinery',
  folder: string,
  messages: Map<string, Record<string, Field>>,
): void {
  const base = path.join(moduleFolder(module), folder);
  const proto = readFileSync(path.join(base, 'generated.proto'), 'utf8');
  const types = path.join(base, 'types.go');
  const goTypes = readGoTypes(existsSync(types) ? readFileSync(types, 'utf8') : '');
  const packageName = /^package (\S+);/m.exec(proto)?.[1] ?? '';
  for (const [, name = '', body = ''] of proto.matchAll(/^message (\w+) \{\n(.*?)^\}/gms)) {
    messages.set(`${packageName}.${name}`, fieldsOf(body, packageName, goTypes.get(name) ?? new Map()));
  }
}

const fieldLine = /^ {2}(?:(optional|repeated|required) )?(map<string, ?([\w.]+)>|[\w.]+) (\w+) = (\d+);/gm;

function fieldsOf(
  body: string,
  packageName: string,
  goFields: ReadonlyMap<string, GoField>,
): Record<string, Field> {
  const fields: Record<string, Field> = {};
  for (const [, label, type = '', mapType, name = '', number = ''] of body.matchAll(fieldLine)) {
    const goField = goFields.get(name);
    const how = [
      label === 'repeated' ? flags.repeated : '',
      mapType === undefined ? '' : flags.map,
      goField?.isInline ? flags.inline : '',
      goField?.omitsZero ? flags.omitZero : '',
    ].join('');
    fields[number] = [name, fullName(mapType ?? type, packageName), how];
  }
  return fields;
}

/** Scalars stay, absolute names lose their dot, others belong to the package. */
function fullName(type: string, packageName: string): string {
  if (type.startsWith('.')) return type.slice(1);
  return /^[a-z0-9]+$/.test(type) ? type : `${packageName}.${type}`;
}

interface GoField {
  readonly isInline: boolean;
  readonly omitsZero: boolean;
}

const structForm = /^type (\w+) struct \{\n(.*?)^\}/gms;
const goFieldForm = /^\s*(?:\w+\s+)?([*[\]\w.]+)\s+`json:"([^"]*)" protobuf:"([^"]*)"/gm;

/** Fields of the Go structs by their protobuf name. */
function readGoTypes(source: string): Map<string, Map<string, GoField>> {
  const types = new Map<string, Map<string, GoField>>();
  for (const [, struct = '', body = ''] of source.matchAll(structForm)) {
    const fields = new Map<string, GoField>();
    for (const [, type = '', json = '', tag = ''] of body.matchAll(goFieldForm)) {
      const short = type.slice(type.lastIndexOf('.') + 1);
      const name = /name=(\w+)/.exec(tag)?.[1] ?? `${short.charAt(0).toLowerCase()}${short.slice(1)}`;
      const isPointer = type.startsWith('*');
      fields.set(name, {
        isInline: json === ',inline',
        omitsZero: json.includes(',omitempty') && !isPointer,
      });
    }
    types.set(struct, fields);
  }
  return types;
}

function reachable(
  messages: ReadonlyMap<string, Record<string, Field>>,
  names: readonly string[],
): Set<string> {
  const found = new Set<string>();
  const pending = [...names];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const fields = messages.get(name);
    if (found.has(name) || fields === undefined) continue;
    found.add(name);
    pending.push(...Object.values(fields).map(([, type]) => type));
  }
  return found;
}

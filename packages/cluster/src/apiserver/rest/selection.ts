import type { KubeObject } from '@weir/api/meta';
import type { ServedKind } from '../registry/served-kind.ts';
import { parseFieldSelector, parseLabelSelector } from '../selectors.ts';

export type Selection = (object: KubeObject) => boolean;

/** The objects that `labelSelector` and `fieldSelector` of a list, watch or deletecollection choose. */
export function selectionOf(kind: ServedKind, namespace: string, query: URLSearchParams): Selection {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', supportedFields(kind));
  return (object) =>
    (namespace === '' || object.metadata.namespace === namespace) &&
    labels(object.metadata.labels) &&
    fields((path) => fieldValue(object, path));
}

const ofEveryKind = ['metadata.name', 'metadata.namespace'];

const ofKind: Readonly<Record<string, readonly string[]>> = {
  '/pods': [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  '/events': [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  '/namespaces': ['status.phase'],
  '/nodes': ['spec.unschedulable'],
  '/secrets': ['type'],
  '/services': ['spec.clusterIP', 'spec.type'],
  'apps/replicasets': ['status.replicas'],
};

function supportedFields(kind: ServedKind): readonly string[] {
  return [...ofEveryKind, ...(ofKind[`${kind.group}/${kind.plural}`] ?? [])];
}

function fieldValue(object: KubeObject, path: string): string {
  if (path === 'source') return fieldValue(object, 'source.component');
  let value: unknown = object;
  for (const part of path.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[part];
  if (value === undefined || value === null) return path === 'spec.unschedulable' ? 'false' : '';
  return String(value);
}

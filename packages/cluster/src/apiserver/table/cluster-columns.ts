import type { KubeObject } from '@weir/api/meta';
import type {
  ConfigMap,
  CoreEvent,
  CustomResourceDefinition,
  Lease,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  RbacSubject,
  RoleBinding,
  Secret,
  ServiceAccount,
} from '@weir/api/workloads';
import type { WebhookConfiguration } from '../webhooks/configuration.ts';
import { ageText } from './age.ts';
import { ageColumn, column, listText, none } from './cells.ts';
import { nameColumn } from './custom-columns.ts';
import type { Column } from './table.ts';

export const configMapColumns: readonly Column[] = [
  nameColumn,
  column<ConfigMap>(
    'Data',
    'string',
    ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
  ),
  ageColumn,
];

export const secretColumns: readonly Column[] = [
  nameColumn,
  column<Secret>('Type', 'string', ({ type }) => type ?? ''),
  column<Secret>('Data', 'string', ({ data }) => Object.keys(data ?? {}).length),
  ageColumn,
];

export const serviceAccountColumns: readonly Column[] = [
  nameColumn,
  column<ServiceAccount>('Secrets', 'string', ({ secrets }) => (secrets ?? []).length),
  ageColumn,
];

export const namespaceColumns: readonly Column[] = [
  nameColumn,
  column<Namespace>('Status', 'string', ({ status }) => status?.phase ?? ''),
  ageColumn,
];

export const nodeColumns: readonly Column[] = [
  nameColumn,
  column<Node>('Status', 'string', nodeStatusText),
  column<Node>('Roles', 'string', nodeRoles),
  ageColumn,
  column<Node>('Version', 'string', ({ status }) => status?.nodeInfo?.kubeletVersion ?? ''),
  column<Node>('Internal-IP', 'string', (node) => nodeAddress(node, 'InternalIP'), 1),
  column<Node>('External-IP', 'string', (node) => nodeAddress(node, 'ExternalIP'), 1),
  column<Node>('OS-Image', 'string', ({ status }) => status?.nodeInfo?.osImage || '<unknown>', 1),
  column<Node>('Kernel-Version', 'string', ({ status }) => status?.nodeInfo?.kernelVersion || '<unknown>', 1),
  column<Node>(
    'Container-Runtime',
    'string',
    ({ status }) => status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
    1,
  ),
];

export const eventColumns: readonly Column[] = [
  column<CoreEvent>('Last Seen', 'string', (event, now) => ageText(lastSeen(event), now)),
  column<CoreEvent>('Type', 'string', ({ type }) => type ?? ''),
  column<CoreEvent>('Reason', 'string', ({ reason }) => reason ?? ''),
  column<CoreEvent>('Object', 'string', ({ involvedObject: { kind = '', name = '' } }) =>
    name === '' ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`,
  ),
  column<CoreEvent>('Subobject', 'string', ({ involvedObject }) => involvedObject.fieldPath ?? '', 1),
  column<CoreEvent>('Source', 'string', eventSource, 1),
  column<CoreEvent>('Message', 'string', ({ message }) => (message ?? '').trim()),
  column<CoreEvent>(
    'First Seen',
    'string',
    (event, now) => ageText(event.firstTimestamp ?? event.eventTime, now),
    1,
  ),
  column<CoreEvent>('Count', 'string', ({ count, series }) => series?.count ?? count ?? 1, 1),
  { ...nameColumn, priority: 1 },
];

export const webhookConfigurationColumns: readonly Column[] = [
  nameColumn,
  column<WebhookConfiguration>('Webhooks', 'integer', ({ webhooks }) => (webhooks ?? []).length),
  ageColumn,
];

export const leaseColumns: readonly Column[] = [
  nameColumn,
  column<Lease>('Holder', 'string', ({ spec }) => spec?.holderIdentity ?? ''),
  ageColumn,
];

export const claimColumns: readonly Column[] = [
  nameColumn,
  column<PersistentVolumeClaim>('Status', 'string', ({ metadata, status }) =>
    metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
  ),
  column<PersistentVolumeClaim>('Volume', 'string', ({ spec }) => spec?.volumeName ?? ''),
  column<PersistentVolumeClaim>('Capacity', 'string', ({ spec, status }) =>
    spec?.volumeName ? String(status?.capacity?.storage ?? '') : '',
  ),
  column<PersistentVolumeClaim>('Access Modes', 'string', ({ spec, status }) =>
    spec?.volumeName ? modesText(status?.accessModes) : '',
  ),
  column<PersistentVolumeClaim>('StorageClass', 'string', ({ spec }) => spec?.storageClassName ?? ''),
  column<PersistentVolumeClaim>(
    'VolumeAttributesClass',
    'string',
    ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
  ),
  ageColumn,
  column<PersistentVolumeClaim>('VolumeMode', 'string', ({ spec }) => spec?.volumeMode ?? '<unset>', 1),
];

export const volumeColumns: readonly Column[] = [
  nameColumn,
  column<PersistentVolume>('Capacity', 'string', ({ spec }) => String(spec?.capacity?.storage ?? '')),
  column<PersistentVolume>('Access Modes', 'string', ({ spec }) => modesText(spec?.accessModes)),
  column<PersistentVolume>(
    'Reclaim Policy',
    'string',
    ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? '',
  ),
  column<PersistentVolume>('Status', 'string', ({ metadata, status }) =>
    metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
  ),
  column<PersistentVolume>('Claim', 'string', ({ spec }) => {
    const claim = spec?.claimRef;
    return claim === undefined ? '' : `${claim.namespace ?? ''}/${claim.name ?? ''}`;
  }),
  column<PersistentVolume>('StorageClass', 'string', ({ spec }) => spec?.storageClassName ?? ''),
  column<PersistentVolume>(
    'VolumeAttributesClass',
    'string',
    ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
  ),
  column<PersistentVolume>('Reason', 'string', ({ status }) => status?.reason ?? ''),
  ageColumn,
  column<PersistentVolume>('VolumeMode', 'string', ({ spec }) => spec?.volumeMode ?? '<unset>', 1),
];

/** Kubernetes shows the time of creation itself for these. */
const createdAtColumn: Column = column<KubeObject>(
  'Created At',
  'date',
  ({ metadata }) => metadata.creationTimestamp ?? '',
);

export const roleColumns: readonly Column[] = [nameColumn, createdAtColumn];

export const definitionColumns: readonly Column[] = [
  nameColumn,
  column<CustomResourceDefinition>('Created At', 'date', ({ metadata }) => metadata.creationTimestamp ?? ''),
];

export const bindingColumns: readonly Column[] = [
  nameColumn,
  column<RoleBinding>('Role', 'string', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
  ageColumn,
  column<RoleBinding>('Users', 'string', (binding) => subjects(binding, 'User'), 1),
  column<RoleBinding>('Groups', 'string', (binding) => subjects(binding, 'Group'), 1),
  column<RoleBinding>('ServiceAccounts', 'string', (binding) => subjects(binding, 'ServiceAccount'), 1),
];

function subjects(binding: RoleBinding, kind: string): string {
  const nameOf = ({ namespace, name }: RbacSubject): string =>
    kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name;
  return (binding.subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(nameOf)
    .join(', ');
}

function nodeStatusText(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  const text = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec?.unschedulable === true ? `${text},SchedulingDisabled` : text;
}

const rolePrefix = 'node-role.kubernetes.io/';

function nodeRoles(node: Node): string {
  const labels = Object.keys(node.metadata.labels ?? {});
  return listText(
    labels.filter((label) => label.startsWith(rolePrefix)).map((label) => label.slice(rolePrefix.length)),
  );
}

function nodeAddress(node: Node, type: string): string {
  return node.status?.addresses?.find((address) => address.type === type)?.address || none;
}

function lastSeen(event: CoreEvent): string | undefined {
  return event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp;
}

function eventSource(event: CoreEvent): string {
  const component = event.source?.component || event.reportingComponent || '';
  const host = event.source?.host ?? event.reportingInstance ?? '';
  return host === '' ? component : `${component}, ${host}`;
}

const modes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function modesText(accessModes: readonly string[] | undefined): string {
  return (accessModes ?? []).map((mode) => modes[mode] ?? mode).join(',');
}

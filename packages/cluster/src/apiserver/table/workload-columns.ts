import type { Container, Deployment, EndpointSlice, ReplicaSet, Service } from '@weir/api/workloads';
import { labelSelectorText } from '../selectors.ts';
import { ageColumn, column, labelsText, listText, none } from './cells.ts';
import { nameColumn } from './custom-columns.ts';
import type { Column } from './table.ts';

export const deploymentColumns: readonly Column[] = [
  nameColumn,
  column<Deployment>(
    'Ready',
    'string',
    ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
  ),
  column<Deployment>('Up-to-date', 'string', ({ status }) => status?.updatedReplicas ?? 0),
  column<Deployment>('Available', 'string', ({ status }) => status?.availableReplicas ?? 0),
  ageColumn,
  column<Deployment>('Containers', 'string', ({ spec }) => names(spec?.template?.spec?.containers), 1),
  column<Deployment>('Images', 'string', ({ spec }) => images(spec?.template?.spec?.containers), 1),
  column<Deployment>('Selector', 'string', ({ spec }) => selectorText(spec?.selector), 1),
];

export const replicaSetColumns: readonly Column[] = [
  nameColumn,
  column<ReplicaSet>('Desired', 'integer', ({ spec }) => spec?.replicas ?? 0),
  column<ReplicaSet>('Current', 'integer', ({ status }) => status?.replicas ?? 0),
  column<ReplicaSet>('Ready', 'integer', ({ status }) => status?.readyReplicas ?? 0),
  ageColumn,
  column<ReplicaSet>('Containers', 'string', ({ spec }) => names(spec?.template?.spec?.containers), 1),
  column<ReplicaSet>('Images', 'string', ({ spec }) => images(spec?.template?.spec?.containers), 1),
  column<ReplicaSet>('Selector', 'string', ({ spec }) => selectorText(spec?.selector), 1),
];

export const serviceColumns: readonly Column[] = [
  nameColumn,
  column<Service>('Type', 'string', ({ spec }) => spec?.type ?? ''),
  column<Service>('Cluster-IP', 'string', ({ spec }) => spec?.clusterIP || none),
  column<Service>('External-IP', 'string', externalIps),
  column<Service>('Port(s)', 'string', ({ spec }) => listText((spec?.ports ?? []).map(portText))),
  ageColumn,
  column<Service>('Selector', 'string', ({ spec }) => labelsText(spec?.selector), 1),
];

export const endpointSliceColumns: readonly Column[] = [
  nameColumn,
  column<EndpointSlice>('AddressType', 'string', ({ addressType }) => addressType),
  column<EndpointSlice>('Ports', 'string', ({ ports }) =>
    few(
      (ports ?? []).map((port) => String(port.port ?? '*')),
      '<unset>',
    ),
  ),
  column<EndpointSlice>('Endpoints', 'string', ({ endpoints }) =>
    few(
      (endpoints ?? []).flatMap((endpoint) => endpoint.addresses),
      '<unset>',
    ),
  ),
  ageColumn,
];

function names(containers: readonly Container[] | undefined): string {
  return (containers ?? []).map((container) => container.name).join(',');
}

function images(containers: readonly Container[] | undefined): string {
  return (containers ?? []).map((container) => container.image ?? '').join(',');
}

function selectorText(selector: unknown): string {
  return labelSelectorText(selector) || none;
}

function portText(port: { port: number; nodePort?: number; protocol?: string }): string {
  const node = port.nodePort === undefined ? '' : `:${port.nodePort}`;
  return `${port.port}${node}/${port.protocol ?? 'TCP'}`;
}

function externalIps({ spec, status }: Service): string {
  if (spec?.type === 'ExternalName') return spec.externalName ?? none;
  const ingress = (status?.loadBalancer?.ingress ?? []).map((one) => one.ip ?? one.hostname);
  if (spec?.type === 'LoadBalancer' && ingress.length === 0 && !spec.externalIPs?.length) return '<pending>';
  return listText([...ingress, ...(spec?.externalIPs ?? [])]);
}

/** The first three, and how many more there are. */
function few(values: readonly string[], empty: string): string {
  if (values.length === 0) return empty;
  const shown = values.slice(0, 3).join(',');
  return values.length > 3 ? `${shown} + ${values.length - 3} more...` : shown;
}

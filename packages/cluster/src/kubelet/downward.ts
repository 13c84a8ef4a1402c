import { parseQuantity } from '@weir/api/meta';
import type { Container, ObjectFieldSelector, Pod, ResourceFieldSelector } from '@weir/api/workloads';
import { allContainers } from './pod-state.ts';

export interface DownwardFacts {
  readonly pod: Pod;
  readonly podIP: string;
  readonly hostIP: string;
  /** Stands in for limits that a container does not set. */
  readonly allocatable: Readonly<Record<string, string>>;
}

/** The value of a fieldRef; undefined for a path that Kubernetes does not offer. */
export function readField(selector: ObjectFieldSelector, facts: DownwardFacts): string | undefined {
  const { metadata, spec } = facts.pod;
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(selector.fieldPath);
  if (subscript !== null) {
    const [, map, key = ''] = subscript;
    return (map === 'labels' ? metadata.labels : metadata.annotations)?.[key] ?? '';
  }
  switch (selector.fieldPath) {
    case 'metadata.name':
      return metadata.name ?? '';
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid ?? '';
    case 'metadata.labels':
      return formatMap(metadata.labels);
    case 'metadata.annotations':
      return formatMap(metadata.annotations);
    case 'spec.nodeName':
      return spec?.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? 'default';
    case 'status.hostIP':
    case 'status.hostIPs':
      return facts.hostIP;
    case 'status.podIP':
    case 'status.podIPs':
      return facts.podIP;
    default:
      return undefined;
  }
}

/** The value of a resourceFieldRef, rounded up to whole divisors; undefined when it names nothing that exists. */
export function readResource(
  selector: ResourceFieldSelector,
  own: Container | undefined,
  facts: DownwardFacts,
): string | undefined {
  const container =
    selector.containerName === undefined || selector.containerName === ''
      ? own
      : allContainers(facts.pod.spec ?? { containers: [] }).find(
          ({ name }) => name === selector.containerName,
        );
  const [list, ...rest] = selector.resource.split('.');
  const resource = rest.join('.');
  if (container === undefined || (list !== 'limits' && list !== 'requests') || resource === '')
    return undefined;
  const quantity =
    container.resources?.[list]?.[resource] ?? (list === 'limits' ? facts.allocatable[resource] : '0') ?? '0';
  const divisor = parseQuantity(selector.divisor ?? '1') || 1;
  const units = parseQuantity(quantity) ?? 0;
  // Binary fractions such as 0.3 / 0.1 must not round up to the next unit.
  return String(Math.ceil(Number((units / divisor).toPrecision(15))));
}

function formatMap(map: Readonly<Record<string, string>> = {}): string {
  return Object.entries(map)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

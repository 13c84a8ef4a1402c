import { gatewayResources } from '@weir/api/gateway';
import { inferencePoolV1 } from '@weir/api/inference';
import { childName } from '@weir/api/meta';
import { childSuffixes, type GatewayReference, type RouterStatus } from '@weir/api/serving';
import { hasManagedScheduler, type Observed, routingGroup } from '../desired/index.ts';
import type { ComposedStatusInput } from './input.ts';
import { routesOf } from './routing.ts';

/** What routes the requests of a service; published whether it works or not. */
export function routerStatus(input: ComposedStatusInput): RouterStatus | undefined {
  const { spec, observed } = input;
  if (spec.router === undefined) return undefined;
  const gateways = gatewayReferences(observed);
  return {
    ...(gateways.length === 0 ? {} : { gateways }),
    ...schedulerStatus(input),
    ...groupStatus(input),
  };
}

function schedulerStatus({ service, spec, observed }: ComposedStatusInput): Pick<RouterStatus, 'scheduler'> {
  const scheduler = spec.router?.scheduler;
  if (scheduler === undefined) return {};
  const own = service.metadata.name ?? '';
  const name = scheduler.pool?.ref?.name ?? childName(own, childSuffixes.pool);
  const refs = routesOf(observed).flatMap((route) =>
    (route.spec.rules ?? []).flatMap(({ backendRefs = [] }) => backendRefs),
  );
  const used = refs.find((ref) => ref.kind === inferencePoolV1.kind && ref.name === name);
  const inferencePool = { group: used?.group ?? inferencePoolV1.group, kind: inferencePoolV1.kind, name };
  const picker =
    scheduler.pool?.spec?.endpointPickerRef?.name ?? childName(own, childSuffixes.schedulerService);
  return {
    scheduler: {
      inferencePool,
      ...(hasManagedScheduler(spec) ? { service: { group: '', kind: 'Service', name: picker } } : {}),
    },
  };
}

function groupStatus(input: ComposedStatusInput): Pick<RouterStatus, 'group'> {
  const group = routingGroup(input);
  if (group === null) return {};
  const { namespace = '' } = input.service.metadata;
  const members = group.members.map(({ name, weight, isStopped, backendRef }) => ({
    name,
    weight,
    ...(isStopped ? { stopped: true } : {}),
    backendRef: {
      group: backendRef.group ?? '',
      kind: backendRef.kind ?? 'Service',
      name: backendRef.name,
      namespace,
    },
  }));
  return { group: { name: group.name, members } };
}

/** The Gateways that the routes name, whether these accept them or not. */
function gatewayReferences(observed: Observed): GatewayReference[] {
  const found = new Map<string, GatewayReference>();
  for (const route of routesOf(observed)) {
    const { namespace = '', name = '' } = route.metadata;
    for (const parent of route.spec.parentRefs ?? []) {
      const key = `${parent.namespace ?? namespace}/${parent.name}`;
      const known = found.get(key);
      const { group, kind } = gatewayResources.httpRoutes;
      found.set(key, {
        group: gatewayResources.gateways.group,
        kind: gatewayResources.gateways.kind,
        name: parent.name,
        namespace: parent.namespace ?? namespace,
        ...listenersOf(known?.listeners, parent.sectionName),
        httpRoutes: [...(known?.httpRoutes ?? []), { group, kind, name, namespace }],
      });
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, gateway]) => gateway);
}

function listenersOf(known: string[] | undefined, sectionName: string | undefined): { listeners?: string[] } {
  const listeners = [...(known ?? []), ...(sectionName === undefined ? [] : [sectionName])];
  return listeners.length === 0 ? {} : { listeners };
}

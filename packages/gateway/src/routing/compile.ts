import type { Gateway, GatewayClass, HTTPRoute, ParentReference } from '@weir/api/gateway';
import { gatewayGroup } from '@weir/api/gateway';
import { keyOf, keyText, type ObjectKey } from '@weir/api/meta';
import { type Attachment, attachRoute } from './attach.ts';
import { type CompiledRoute, compileRoute } from './compile-route.ts';
import { compareHostnames, formatHostname, parseHostname } from './hostname.ts';
import { judgeListeners, type ListenerOutcome } from './listeners.ts';
import { compareEntries, type RankedEntry } from './precedence.ts';
import type { RoutingSnapshot, Verdict } from './snapshot.ts';
import type { HostTable, ListenerTable, PortTable } from './table.ts';

export interface CompiledRouting {
  readonly classes: readonly GatewayClass[];
  readonly gateways: readonly GatewayOutcome[];
  readonly routes: readonly RouteOutcome[];
}

export interface GatewayOutcome {
  readonly gateway: Gateway;
  readonly key: ObjectKey;
  readonly listeners: readonly (ListenerOutcome & { readonly attachedRoutes: number })[];
  /** By listener port as the Gateway states it. */
  readonly ports: ReadonlyMap<number, PortTable>;
}

export interface RouteOutcome {
  readonly route: HTTPRoute;
  /** Only parents that are Gateways of ours; none for a route of others, whose old status may still name us. */
  readonly parents: readonly ParentOutcome[];
}

export interface ParentOutcome {
  readonly parentRef: ParentReference;
  readonly gateway: ObjectKey;
  readonly accepted: Verdict;
  readonly resolvedRefs: Verdict;
}

interface Attached {
  readonly route: HTTPRoute;
  readonly compiled: CompiledRoute;
  readonly attachment: Attachment;
}

/** From objects to routing tables and to what their statuses must say. Pure: same objects, same result. */
export function compileRouting(snapshot: RoutingSnapshot, controllerName: string): CompiledRouting {
  const classes = snapshot.gatewayClasses.filter(({ spec }) => spec.controllerName === controllerName);
  const classNames = new Set(classes.map(({ metadata }) => metadata.name));
  const gateways = new Map(
    snapshot.gateways
      .filter(({ spec }) => classNames.has(spec.gatewayClassName))
      .map((object) => [keyText(keyOf(object)), { object, listeners: judgeListeners(object) }]),
  );
  const attached = new Map<ListenerOutcome, Attached[]>();
  const routes = snapshot.routes.map((route) => attachToParents(route, gateways, snapshot, attached));
  return {
    classes,
    routes,
    gateways: [...gateways.values()].map(({ object, listeners }) => ({
      gateway: object,
      key: keyOf(object),
      listeners: listeners.map((outcome) => ({
        ...outcome,
        attachedRoutes: new Set(attached.get(outcome)?.map(({ route }) => route)).size,
      })),
      ports: compilePorts(keyOf(object), listeners, attached),
    })),
  };
}

function attachToParents(
  route: HTTPRoute,
  gateways: ReadonlyMap<string, { readonly object: Gateway; readonly listeners: readonly ListenerOutcome[] }>,
  snapshot: RoutingSnapshot,
  attached: Map<ListenerOutcome, Attached[]>,
): RouteOutcome {
  const compiled = compileRoute(route, snapshot);
  const parents = (route.spec.parentRefs ?? []).flatMap((parentRef): ParentOutcome[] => {
    if ((parentRef.group ?? gatewayGroup) !== gatewayGroup || (parentRef.kind ?? 'Gateway') !== 'Gateway')
      return [];
    const key = { namespace: parentRef.namespace ?? route.metadata.namespace ?? '', name: parentRef.name };
    const gateway = gateways.get(keyText(key));
    if (gateway === undefined) return [];
    const { accepted, attachments } = attachRoute(route, parentRef, gateway, snapshot);
    if (accepted.ok && compiled.supported.ok) {
      for (const attachment of attachments) {
        const list = attached.get(attachment.listener) ?? [];
        list.push({ route, compiled, attachment });
        attached.set(attachment.listener, list);
      }
    }
    const verdict = compiled.supported.ok ? accepted : compiled.supported;
    return [{ parentRef, gateway: key, accepted: verdict, resolvedRefs: compiled.resolvedRefs }];
  });
  return { route, parents };
}

function compilePorts(
  gateway: ObjectKey,
  listeners: readonly ListenerOutcome[],
  attached: ReadonlyMap<ListenerOutcome, readonly Attached[]>,
): Map<number, PortTable> {
  const ports = new Map<number, ListenerTable[]>();
  for (const outcome of listeners) {
    if (!outcome.accepted.ok || outcome.conflict !== null) continue;
    const { listener } = outcome;
    const tables = ports.get(listener.port) ?? [];
    tables.push({
      gateway,
      name: listener.name,
      hostname: parseHostname(listener.hostname),
      hosts: compileHosts(attached.get(outcome) ?? []),
    });
    ports.set(listener.port, tables);
  }
  const sorted = [...ports].map(([port, tables]): [number, PortTable] => [
    port,
    { listeners: tables.sort((a, b) => compareHostnames(a.hostname, b.hostname)) },
  ]);
  return new Map(sorted);
}

function compileHosts(attached: readonly Attached[]): HostTable[] {
  const groups = new Map<string, { hostname: HostTable['hostname']; entries: RankedEntry[] }>();
  for (const { route, compiled, attachment } of attached) {
    for (const hostname of attachment.hostnames) {
      const text = formatHostname(hostname);
      const group = groups.get(text) ?? { hostname, entries: [] };
      groups.set(text, group);
      for (const entry of compiled.entries) group.entries.push({ ...entry, from: route });
    }
  }
  return [...groups.values()]
    .map(({ hostname, entries }) => ({ hostname, entries: entries.sort(compareEntries) }))
    .sort((a, b) => compareHostnames(a.hostname, b.hostname));
}

import type { Gateway, HTTPRoute, Listener, ParentReference } from '@weir/api/gateway';
import { matchesSelector } from '@weir/api/meta';
import { intersectHostnames, parseHostname } from './hostname.ts';
import type { ListenerOutcome } from './listeners.ts';
import { failed, passed, type RoutingSnapshot, type Verdict } from './snapshot.ts';
import type { Hostname } from './table.ts';

export interface Attachment {
  readonly listener: ListenerOutcome;
  readonly hostnames: readonly Hostname[];
}

/** The listeners of `gateway` that a route attaches to through one parentRef, or why there are none. */
export function attachRoute(
  route: HTTPRoute,
  parentRef: ParentReference,
  gateway: { readonly object: Gateway; readonly listeners: readonly ListenerOutcome[] },
  snapshot: RoutingSnapshot,
): { readonly accepted: Verdict; readonly attachments: readonly Attachment[] } {
  const named = gateway.listeners.filter(
    ({ listener }) =>
      (parentRef.sectionName === undefined || listener.name === parentRef.sectionName) &&
      (parentRef.port === undefined || listener.port === parentRef.port),
  );
  const gatewayText = `Gateway ${gateway.object.metadata.namespace}/${gateway.object.metadata.name}`;
  if (named.length === 0) {
    const names = gateway.listeners.map(({ listener }) => listener.name).join(', ');
    const wanted = parentRef.sectionName ?? `port ${parentRef.port}`;
    return refuse('NoMatchingParent', `${gatewayText} has no listener "${wanted}" — it has: ${names}`);
  }
  const allowed = named.filter(({ listener }) => allowsNamespace(listener, route, gateway.object, snapshot));
  if (allowed.length === 0) {
    return refuse(
      'NotAllowedByListeners',
      `${gatewayText} does not allow routes from namespace ${route.metadata.namespace} — see allowedRoutes of its listeners`,
    );
  }
  const attachments = allowed.flatMap((listener) => {
    const hostnames = commonHostnames(listener.listener, route);
    return hostnames.length === 0 ? [] : [{ listener, hostnames }];
  });
  if (attachments.length === 0) {
    return refuse(
      'NoMatchingListenerHostname',
      `no listener of ${gatewayText} has a hostname in common with ${(route.spec.hostnames ?? []).join(', ')}`,
    );
  }
  return { accepted: passed('Accepted'), attachments };
}

function refuse(reason: string, message: string): { accepted: Verdict; attachments: readonly Attachment[] } {
  return { accepted: failed(reason, message), attachments: [] };
}

function allowsNamespace(
  listener: Listener,
  route: HTTPRoute,
  gateway: Gateway,
  snapshot: RoutingSnapshot,
): boolean {
  const { from = 'Same', selector } = listener.allowedRoutes?.namespaces ?? {};
  if (from === 'All') return true;
  if (from === 'Same') return route.metadata.namespace === gateway.metadata.namespace;
  if (from !== 'Selector' || selector === undefined) return false;
  const namespace = snapshot.findNamespace(route.metadata.namespace ?? '');
  return namespace !== undefined && matchesSelector(selector, namespace.metadata.labels ?? {});
}

function commonHostnames(listener: Listener, route: HTTPRoute): Hostname[] {
  const own = parseHostname(listener.hostname);
  const wanted = route.spec.hostnames ?? [];
  if (wanted.length === 0) return [own];
  return wanted.flatMap((text) => intersectHostnames(own, parseHostname(text)) ?? []);
}

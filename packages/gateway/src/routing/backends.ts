import type { HTTPBackendRef } from '@weir/api/gateway';
import { gatewayGroup } from '@weir/api/gateway';
import { keyText, type ObjectKey } from '@weir/api/meta';
import { failed, type RoutingSnapshot, type Verdict } from './snapshot.ts';
import type { Backend } from './table.ts';

export const poolGroup = 'inference.networking.k8s.io';

/** Where a backendRef leads; `problem` is what ResolvedRefs says when it leads nowhere. */
export function resolveBackend(
  reference: HTTPBackendRef,
  namespace: string,
  snapshot: RoutingSnapshot,
): { readonly backend: Backend; readonly problem: Verdict | null } {
  const group = reference.group ?? '';
  const kind = reference.kind ?? 'Service';
  const key = { namespace: reference.namespace ?? namespace, name: reference.name };
  const isService = group === '' && kind === 'Service';
  const isPool = group === poolGroup && kind === 'InferencePool';
  if (!isService && !isPool) {
    return unresolved(
      'InvalidKind',
      `backend kind ${kind}${group === '' ? '' : `.${group}`} is not supported`,
    );
  }
  if (key.namespace !== namespace && !isGranted({ group, kind, key }, namespace, snapshot)) {
    return unresolved(
      'RefNotPermitted',
      `${kind} ${keyText(key)} is in another namespace and no ReferenceGrant there allows HTTPRoutes of ${namespace}`,
    );
  }
  return isPool ? resolvePool(key, snapshot) : resolveService(key, reference.port, snapshot);
}

type Resolution = { readonly backend: Backend; readonly problem: Verdict | null };

function resolvePool(key: ObjectKey, snapshot: RoutingSnapshot): Resolution {
  const pool = snapshot.findPool(key);
  if (pool === undefined)
    return unresolved('BackendNotFound', `InferencePool ${keyText(key)} does not exist`);
  const { appProtocol } = pool.spec;
  if (!speaksHttp1(appProtocol)) {
    return unresolved('UnsupportedProtocol', `InferencePool ${keyText(key)}: appProtocol ${appProtocol}`);
  }
  return { backend: { type: 'pool', key }, problem: null };
}

function resolveService(key: ObjectKey, port: number | undefined, snapshot: RoutingSnapshot): Resolution {
  const service = snapshot.findService(key);
  if (service === undefined) return unresolved('BackendNotFound', `Service ${keyText(key)} does not exist`);
  if (service.spec?.type === 'ExternalName') {
    return unresolved(
      'UnsupportedValue',
      `Service ${keyText(key)} is an ExternalName, which is never proxied`,
    );
  }
  if (port === undefined)
    return unresolved('UnsupportedValue', `backendRef to Service ${keyText(key)} has no port`);
  const ports = service.spec?.ports ?? [];
  const found = ports.find((candidate) => candidate.port === port);
  if (found === undefined) {
    const known = ports.map((candidate) => candidate.port).join(', ');
    return unresolved('BackendNotFound', `Service ${keyText(key)} has no port ${port} — it has: ${known}`);
  }
  return speaksHttp1(found.appProtocol)
    ? { backend: { type: 'service', key, port }, problem: null }
    : unresolved(
        'UnsupportedProtocol',
        `Service ${keyText(key)}, port ${port}: appProtocol ${found.appProtocol}`,
      );
}

/** Upstream connections are HTTP/1.1 without TLS. */
function speaksHttp1(appProtocol: string | undefined): boolean {
  return appProtocol === undefined || appProtocol === 'http' || appProtocol === 'kubernetes.io/http';
}

function unresolved(reason: string, message: string): Resolution {
  return { backend: { type: 'invalid', message }, problem: failed(reason, message) };
}

function isGranted(
  target: { readonly group: string; readonly kind: string; readonly key: ObjectKey },
  fromNamespace: string,
  snapshot: RoutingSnapshot,
): boolean {
  return snapshot.grants.some(
    (grant) =>
      grant.metadata.namespace === target.key.namespace &&
      grant.spec.from.some(
        (from) =>
          from.group === gatewayGroup && from.kind === 'HTTPRoute' && from.namespace === fromNamespace,
      ) &&
      grant.spec.to.some(
        (to) =>
          to.group === target.group &&
          to.kind === target.kind &&
          (to.name === undefined || to.name === target.key.name),
      ),
  );
}

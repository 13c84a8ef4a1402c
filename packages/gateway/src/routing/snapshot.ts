import type { Gateway, GatewayClass, HTTPRoute, ReferenceGrant } from '@weir/api/gateway';
import type { InferencePool } from '@weir/api/inference';
import type { KubeObject, ObjectKey } from '@weir/api/meta';
import type { Service } from '@weir/api/workloads';

/** Everything that routing depends on, read at one moment. */
export interface RoutingSnapshot {
  readonly gatewayClasses: readonly GatewayClass[];
  readonly gateways: readonly Gateway[];
  readonly routes: readonly HTTPRoute[];
  readonly grants: readonly ReferenceGrant[];
  findNamespace(name: string): KubeObject | undefined;
  findService(key: ObjectKey): Service | undefined;
  findPool(key: ObjectKey): InferencePool | undefined;
}

/** A condition without its time; `ok` is status True. */
export interface Verdict {
  readonly ok: boolean;
  readonly reason: string;
  readonly message: string;
}

export function passed(reason: string, message = ''): Verdict {
  return { ok: true, reason, message };
}

export function failed(reason: string, message: string): Verdict {
  return { ok: false, reason, message };
}

import type { GatewayStatus, ListenerStatus } from '@weir/api/gateway';
import { gatewayGroup } from '@weir/api/gateway';
import type { GatewayOutcome } from '../routing/compile.ts';
import { failed, passed, type Verdict } from '../routing/snapshot.ts';
import { condition } from './conditions.ts';

export interface BoundGateway {
  readonly address: string;
  /** Port really bound, by the port that listeners state; `error` when it could not be bound. */
  readonly ports: ReadonlyMap<number, { readonly port: number; readonly error: string | null }>;
}

/** Status of a Gateway, and the value of its bound-ports annotation. Pure. */
export function computeGatewayStatus(
  outcome: GatewayOutcome,
  bound: BoundGateway,
  now: string,
): { readonly status: GatewayStatus; readonly boundPorts: Readonly<Record<string, number>> } {
  const { gateway } = outcome;
  const listeners = outcome.listeners.map((listener) => listenerStatus(listener, outcome, bound, now));
  const served = listeners.filter((listener) =>
    listener.conditions.some(({ type, status }) => type === 'Programmed' && status === 'True'),
  );
  const context = { previous: gateway.status?.conditions, generation: gateway.metadata.generation, now };
  const boundPorts: Record<string, number> = {};
  for (const { name } of served) {
    const stated = gateway.spec.listeners.find((listener) => listener.name === name)?.port ?? 0;
    boundPorts[name] = bound.ports.get(stated)?.port ?? stated;
  }
  return {
    boundPorts,
    status: {
      addresses: served.length === 0 ? [] : [{ type: 'IPAddress', value: bound.address }],
      conditions: [
        condition('Accepted', gatewayAccepted(outcome), context),
        condition('Programmed', gatewayProgrammed(served.length, outcome.listeners.length), context),
      ],
      listeners,
    },
  };
}

function gatewayAccepted({ listeners, gateway }: GatewayOutcome): Verdict {
  if ((gateway.spec.addresses ?? []).length > 0) {
    return failed(
      'UnsupportedAddress',
      'spec.addresses is not supported: the gateway chooses a loopback address',
    );
  }
  const bad = listeners.filter(({ accepted, conflict }) => !accepted.ok || conflict !== null);
  if (bad.length === 0) return passed('Accepted');
  const names = bad.map(({ listener }) => listener.name).join(', ');
  const verdict = { reason: 'ListenersNotValid', message: `listeners that are not served: ${names}` };
  return { ok: bad.length < listeners.length, ...verdict };
}

function gatewayProgrammed(served: number, wanted: number): Verdict {
  if (served > 0)
    return passed('Programmed', served < wanted ? `${served} of ${wanted} listeners are served` : '');
  return failed('Invalid', 'no listener is served — see the conditions of the listeners');
}

function listenerStatus(
  outcome: GatewayOutcome['listeners'][number],
  { gateway }: GatewayOutcome,
  bound: BoundGateway,
  now: string,
): ListenerStatus {
  const { listener, accepted, resolvedRefs, conflict, attachedRoutes } = outcome;
  const previous = gateway.status?.listeners?.find(({ name }) => name === listener.name)?.conditions;
  const context = { previous, generation: gateway.metadata.generation, now };
  const port = bound.ports.get(listener.port);
  const portError = port?.error ?? null;
  const unavailable =
    portError === null
      ? null
      : failed('PortUnavailable', `port ${port?.port} on ${bound.address} cannot be bound: ${portError}`);
  const conflicted = conflict ?? unavailable;
  return {
    name: listener.name,
    attachedRoutes,
    supportedKinds: resolvedRefs.ok ? [{ group: gatewayGroup, kind: 'HTTPRoute' }] : [],
    conditions: [
      condition('Accepted', unavailable ?? accepted, context),
      condition('Programmed', programmed(outcome, unavailable), context),
      condition('ResolvedRefs', resolvedRefs, context),
      condition(
        'Conflicted',
        conflicted === null ? failed('NoConflicts', '') : passed(conflicted.reason, conflicted.message),
        context,
      ),
    ],
  };
}

function programmed(outcome: GatewayOutcome['listeners'][number], unavailable: Verdict | null): Verdict {
  const problem = unavailable ?? outcome.conflict ?? (outcome.accepted.ok ? null : outcome.accepted);
  return problem === null ? passed('Programmed') : failed('Invalid', problem.message);
}

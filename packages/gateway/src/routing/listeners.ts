import type { Gateway, Listener } from '@weir/api/gateway';
import { gatewayGroup } from '@weir/api/gateway';
import { formatHostname, parseHostname } from './hostname.ts';
import { failed, passed, type Verdict } from './snapshot.ts';

export interface ListenerOutcome {
  readonly listener: Listener;
  readonly accepted: Verdict;
  readonly resolvedRefs: Verdict;
  /** Another listener of this Gateway claims the same port and hostname, or the port another protocol. */
  readonly conflict: Verdict | null;
}

/** Judges every listener of a Gateway. Only plain HTTP is served; everything else is refused by name. */
export function judgeListeners(gateway: Gateway): ListenerOutcome[] {
  const taken = new Map<string, string>();
  return gateway.spec.listeners.map((listener) => {
    const slot = `${listener.port}/${formatHostname(parseHostname(listener.hostname))}`;
    const first = taken.get(slot);
    if (first === undefined) taken.set(slot, listener.name);
    return {
      listener,
      accepted: judgeProtocol(listener),
      resolvedRefs: judgeKinds(listener),
      conflict:
        first === undefined
          ? null
          : failed(
              'HostnameConflict',
              `listener "${first}" already has port ${listener.port} with this hostname`,
            ),
    };
  });
}

function judgeProtocol(listener: Listener): Verdict {
  if (listener.protocol === 'HTTP') return passed('Accepted');
  return failed(
    'UnsupportedProtocol',
    `listener "${listener.name}": protocol ${listener.protocol} is not served by this gateway — use HTTP`,
  );
}

function judgeKinds(listener: Listener): Verdict {
  const unsupported = (listener.allowedRoutes?.kinds ?? []).filter(
    ({ group = gatewayGroup, kind }) => group !== gatewayGroup || kind !== 'HTTPRoute',
  );
  if (unsupported.length === 0) return passed('ResolvedRefs');
  const kinds = unsupported.map(({ kind }) => kind).join(', ');
  return failed('InvalidRouteKinds', `listener "${listener.name}" allows ${kinds}; only HTTPRoute is served`);
}

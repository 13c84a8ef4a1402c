import { keyText, type ObjectKey } from '@weir/api/meta';
import type { GatewayOutcome } from '../routing/compile.ts';
import { assignAddresses, boundPort, type ListenAddresses } from './listen-addresses.ts';
import { portKey, type WantedPort } from './port-binder.ts';

export interface PlacedGateway {
  readonly outcome: GatewayOutcome;
  readonly address: string;
  /** Ports to bind for this Gateway. */
  readonly wanted: readonly WantedPort[];
  /** Stated ports that an earlier Gateway has at the same address, with the reason. */
  readonly refused: ReadonlyMap<number, string>;
}

/** Gives every Gateway its address and ports. The default Gateway comes first, then the older ones. Pure. */
export function placeGateways(
  gateways: readonly GatewayOutcome[],
  options: {
    readonly addresses: ListenAddresses;
    readonly defaultGateway: ObjectKey;
    readonly portBase: number;
  },
): PlacedGateway[] {
  const { addresses, defaultGateway, portBase } = options;
  const rank = ({ key, gateway }: GatewayOutcome) =>
    `${keyText(key) === keyText(defaultGateway) ? 0 : 1} ${gateway.metadata.creationTimestamp} ${keyText(key)}`;
  const ordered = [...gateways].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  const assigned = assignAddresses(
    ordered.map(({ key, gateway }) => ({ key, current: gateway.status?.addresses?.[0]?.value })),
    addresses,
    defaultGateway,
  );
  const owners = new Map<string, string>();
  return ordered.map((outcome) => {
    const address = assigned.get(keyText(outcome.key)) ?? addresses.primary;
    const wanted: WantedPort[] = [];
    const refused = new Map<number, string>();
    for (const [stated, table] of outcome.ports) {
      const port = { address, port: boundPort(stated, portBase), table };
      const owner = owners.get(portKey(port));
      if (owner === undefined) {
        owners.set(portKey(port), keyText(outcome.key));
        wanted.push(port);
      } else refused.set(stated, `Gateway ${owner} has it`);
    }
    return { outcome, address, wanted, refused };
  });
}

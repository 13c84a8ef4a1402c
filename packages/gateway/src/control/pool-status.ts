import { gatewayGroup } from '@weir/api/gateway';
import type { InferencePool, PoolParentStatus } from '@weir/api/inference';
import { keyText, type ObjectKey, parseKey } from '@weir/api/meta';
import { poolGroup } from '../routing/backends.ts';
import type { RouteOutcome } from '../routing/compile.ts';
import { failed, passed } from '../routing/snapshot.ts';
import { condition } from './conditions.ts';

/** Which of our Gateways lead to each pool, through routes that they accepted. Pure. */
export function gatewaysOfPools(routes: readonly RouteOutcome[]): Map<string, Set<string>> {
  const gateways = new Map<string, Set<string>>();
  for (const { route, parents } of routes) {
    const accepting = parents.filter(({ accepted }) => accepted.ok).map(({ gateway }) => keyText(gateway));
    for (const reference of (route.spec.rules ?? []).flatMap((rule) => rule.backendRefs ?? [])) {
      if (reference.group !== poolGroup || reference.kind !== 'InferencePool') continue;
      const key = keyText({
        namespace: reference.namespace ?? route.metadata.namespace ?? '',
        name: reference.name,
      });
      const known = gateways.get(key) ?? new Set();
      for (const gateway of accepting) known.add(gateway);
      gateways.set(key, known);
    }
  }
  return gateways;
}

/** `status.parents` of a pool: ours computed, those of other controllers untouched. Pure. */
export function computePoolParents(
  pool: InferencePool,
  gateways: ReadonlySet<string>,
  context: {
    readonly controllerName: string;
    readonly now: string;
    findService(key: ObjectKey): unknown;
  },
): PoolParentStatus[] {
  const current = pool.status?.parents ?? [];
  const others = current.filter(({ controllerName }) => controllerName !== context.controllerName);
  const ours = [...gateways].sort().map((text): PoolParentStatus => {
    const { namespace, name } = parseKey(text);
    const previous = current.find(
      ({ controllerName, parentRef }) =>
        controllerName === context.controllerName &&
        parentRef.name === name &&
        parentRef.namespace === namespace,
    )?.conditions;
    const times = { previous, generation: pool.metadata.generation, now: context.now };
    return {
      parentRef: { group: gatewayGroup, kind: 'Gateway', name, namespace },
      controllerName: context.controllerName,
      conditions: [
        condition('Accepted', passed('Accepted', 'the pool is served by this gateway'), times),
        condition('ResolvedRefs', judgePickerRef(pool, context.findService), times),
      ],
    };
  });
  return [...others, ...ours];
}

function judgePickerRef(
  pool: InferencePool,
  findService: (key: ObjectKey) => unknown,
): ReturnType<typeof passed> {
  const reference = pool.spec.endpointPickerRef;
  if (reference === undefined)
    return passed('ResolvedRefs', 'no endpointPickerRef: the default configuration is used');
  const { group = '', kind = 'Service', name } = reference;
  if (group !== '' || kind !== 'Service') {
    return failed(
      'InvalidExtensionRef',
      `endpointPickerRef of kind ${kind} is not supported — use a Service`,
    );
  }
  const key = { namespace: pool.metadata.namespace ?? '', name };
  if (findService(key) === undefined) {
    return failed('InvalidExtensionRef', `endpointPickerRef: Service ${keyText(key)} does not exist`);
  }
  return passed('ResolvedRefs');
}

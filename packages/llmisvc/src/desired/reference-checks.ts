import { gatewayResources, type HTTPRoute } from '@weir/api/gateway';
import { type ConditionType, conditionReasons, conditionTypes } from '@weir/api/serving';
import type { ConditionPatch, DesiredInput } from './input.ts';
import { namespaceOf } from './metadata.ts';
import { isServed, notServed } from './missing-kinds.ts';

interface GatewayRef {
  readonly namespace?: string;
  readonly name: string;
  readonly kind?: string;
  readonly sectionName?: string;
}

/** References that lead nowhere. The objects are written all the same: they start to work when the target appears. */
export function checkReferences(input: DesiredInput): ConditionPatch[] {
  const { gateway, route } = input.spec.router ?? {};
  const { gatewaysReady, httpRoutesReady } = conditionTypes;
  return [
    ...(gateway?.refs ?? []).flatMap((ref) => invalidRef(gatewaysReady, gatewayProblem(input, ref))),
    ...(route?.http?.refs ?? []).flatMap(({ name }) =>
      invalidRef(httpRoutesReady, routeProblem(input, name)),
    ),
    ...(route?.http?.spec?.parentRefs ?? []).flatMap((ref) => {
      if (!isGateway(ref) || findGateway(input, ref) !== undefined) return [];
      const shown = shownIn(ref, namespaceOf(input.service));
      return invalidRef(
        httpRoutesReady,
        `Managed HTTPRoute references non-existent Gateway ${shown} — create the Gateway`,
      );
    }),
  ];
}

function invalidRef(type: ConditionType, message: string | null): ConditionPatch[] {
  return message === null ? [] : [{ type, status: 'False', reason: conditionReasons.refsInvalid, message }];
}

function gatewayProblem(input: DesiredInput, ref: GatewayRef): string | null {
  if (!isServed(input.observed, gatewayResources.gateways)) return notServed([gatewayResources.gateways]);
  const shown = shownIn(ref, namespaceOf(input.service));
  const gateway = findGateway(input, ref);
  if (gateway === undefined) {
    return `Gateway ${shown} does not exist — create it or correct spec.router.gateway.refs`;
  }
  const { listeners } = gateway.spec;
  if (!ref.sectionName || listeners.some(({ name }) => name === ref.sectionName)) return null;
  const names = listeners.map(({ name }) => name).join(', ');
  return `Gateway ${shown} has no listener "${ref.sectionName}" — its listeners are ${names}`;
}

function routeProblem(input: DesiredInput, name: string): string | null {
  if (!isServed(input.observed, gatewayResources.httpRoutes)) return notServed([gatewayResources.httpRoutes]);
  const namespace = namespaceOf(input.service);
  const route = input.observed.routes.find(({ metadata }) => metadata.name === name);
  if (route === undefined) {
    return `HTTPRoute ${namespace}/${name} does not exist — create it or correct spec.router.route.http.refs`;
  }
  const problem = targetProblem(input, route);
  return problem === null
    ? null
    : `HTTPRoute target validation failed: HTTPRoute ${namespace}/${name} ${problem}`;
}

function targetProblem(input: DesiredInput, { spec, metadata }: HTTPRoute): string | null {
  const parents = spec.parentRefs ?? [];
  if (parents.length === 0) return 'has no parentRefs — attach it to a Gateway';
  const missing = parents.filter((ref) => isGateway(ref) && findGateway(input, ref) === undefined);
  if (missing.length === 0) return null;
  const shown = missing.map((ref) => shownIn(ref, metadata.namespace ?? '')).join(', ');
  return `references non-existent Gateway ${shown} — create the Gateway`;
}

function isGateway({ kind }: GatewayRef): boolean {
  return (kind ?? 'Gateway') === 'Gateway';
}

function findGateway({ service, observed }: DesiredInput, ref: GatewayRef) {
  const namespace = ref.namespace || namespaceOf(service);
  return observed.gateways.find(
    ({ metadata }) => metadata.name === ref.name && metadata.namespace === namespace,
  );
}

function shownIn(ref: GatewayRef, namespace: string): string {
  return `${ref.namespace || namespace}/${ref.name}`;
}

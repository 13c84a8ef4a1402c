import { gatewayResources, type HTTPRoute, type HTTPRouteRule } from '@weir/api/gateway';
import { apiVersionOf } from '@weir/api/meta';
import { components, conditionReasons, conditionTypes, modelBasedRoutingAnnotation } from '@weir/api/serving';
import type { ConditionPatch, DesiredInput, Part } from './input.ts';
import { childMetadata, childOf, componentLabels, namespaceOf } from './metadata.ts';

/** The managed HTTPRoute; not written where the user names routes of his own. */
export const router: Part = (input) => {
  const { service, spec } = input;
  const failure = {
    condition: conditionTypes.httpRoutesReady,
    reason: conditionReasons.httpRouteReconcileError,
  };
  const conditions = referenceConditions(input);
  const http = spec.router?.route?.http;
  if (http?.spec === undefined) return conditions.length === 0 ? null : { failure, apply: [], conditions };
  const object: HTTPRoute = {
    apiVersion: apiVersionOf(gatewayResources.httpRoutes),
    kind: gatewayResources.httpRoutes.kind,
    metadata: childMetadata(service, childOf(service, 'route'), componentLabels(service, components.router)),
    spec: { ...http.spec, rules: modelRoutedRules(input, http.spec.rules ?? []) },
  };
  return { failure, apply: [{ kind: gatewayResources.httpRoutes, object }], conditions };
};

/** Rules that match the model name header stay only where model-based routing is on. */
function modelRoutedRules(input: DesiredInput, rules: readonly HTTPRouteRule[]): HTTPRouteRule[] {
  if (isModelRoutingOn(input)) return [...rules];
  const header = input.platform.modelBasedRoutingHeaderName.toLowerCase();
  return rules.flatMap((rule) => {
    if (rule.matches === undefined) return [rule];
    const matches = rule.matches.filter(
      (match) => !(match.headers ?? []).some(({ name }) => name.toLowerCase() === header),
    );
    return matches.length === 0 && rule.matches.length > 0 ? [] : [{ ...rule, matches }];
  });
}

function isModelRoutingOn({ spec, platform, observed }: DesiredInput): boolean {
  if (platform.modelBasedRoutingHeaderName === '' || platform.modelBasedRoutingMode === 'disabled')
    return false;
  if (spec.annotations?.[modelBasedRoutingAnnotation] !== 'true') return false;
  if (platform.modelBasedRoutingMode === 'forced') return true;
  return !observed.gateways.some(
    (gateway) => gateway.metadata.annotations?.[modelBasedRoutingAnnotation] === 'false',
  );
}

/** References that lead nowhere. The objects are written all the same: they start to work when the target appears. */
function referenceConditions(input: DesiredInput): ConditionPatch[] {
  const { service, spec, observed } = input;
  const namespace = namespaceOf(service);
  const refsInvalid = (type: ConditionPatch['type'], message: string): ConditionPatch => ({
    type,
    status: 'False',
    reason: conditionReasons.refsInvalid,
    message,
  });
  const hasGateway = (ref: { namespace?: string; name: string }): boolean =>
    observed.gateways.some(
      ({ metadata }) => metadata.name === ref.name && metadata.namespace === (ref.namespace || namespace),
    );
  const shown = (ref: { namespace?: string; name: string }): string =>
    `${ref.namespace || namespace}/${ref.name}`;
  const conditions: ConditionPatch[] = [];
  for (const ref of spec.router?.gateway?.refs ?? []) {
    if (!hasGateway(ref)) {
      conditions.push(
        refsInvalid(
          conditionTypes.gatewaysReady,
          `Gateway ${shown(ref)} does not exist — create it or correct spec.router.gateway.refs`,
        ),
      );
    }
  }
  for (const ref of spec.router?.route?.http?.refs ?? []) {
    if (!observed.routes.some(({ metadata }) => metadata.name === ref.name)) {
      conditions.push(
        refsInvalid(
          conditionTypes.httpRoutesReady,
          `HTTPRoute ${namespace}/${ref.name} does not exist — create it or correct spec.router.route.http.refs`,
        ),
      );
    }
  }
  for (const ref of spec.router?.route?.http?.spec?.parentRefs ?? []) {
    if ((ref.kind ?? 'Gateway') === 'Gateway' && !hasGateway(ref)) {
      conditions.push(
        refsInvalid(
          conditionTypes.httpRoutesReady,
          `Managed HTTPRoute references non-existent Gateway ${shown(ref)} — create the Gateway`,
        ),
      );
    }
  }
  return conditions;
}

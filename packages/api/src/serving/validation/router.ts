import { invalid } from '../../meta/index.ts';
import type { GatewayRef, LLMInferenceServiceSpec, RouterSpec } from '../types.ts';
import type { Rule } from './rule.ts';

const routeRefsAndSpecAreExclusive: Rule = (spec, path) => {
  const http = spec.router?.route?.http;
  return http?.spec !== undefined && hasItems(http.refs)
    ? [
        invalid(
          `${path}.router.route.http`,
          http,
          'cannot use both custom HTTPRoute refs and an inline route spec; choose one',
        ),
      ]
    : [];
};

const routeRefsNeedNamedGateways: Rule = (spec, path) => {
  const { route, gateway } = spec.router ?? {};
  return hasItems(route?.http?.refs) && gateway !== undefined && !hasItems(gateway.refs)
    ? [
        invalid(
          `${path}.router.route.http.refs`,
          route?.http?.refs,
          'custom HTTP routes cannot be used with a managed gateway — remove spec.router.gateway or name its refs',
        ),
      ]
    : [];
};

/** v1alpha1: the two may not stand together at all. */
export const inlineRouteHasNoGatewayRefs: Rule = (spec, path) =>
  hasParentRefs(spec.router) && hasItems(spec.router?.gateway?.refs)
    ? [
        invalid(
          `${path}.router.route.http.spec`,
          spec.router?.route?.http?.spec?.parentRefs,
          'managed HTTP route spec cannot be used with custom gateway refs — remove parentRefs',
        ),
      ]
    : [];

/** v1alpha2: the two may stand together when they say the same. */
export const inlineRouteParentsEqualGatewayRefs: Rule = (spec, path) =>
  hasParentRefs(spec.router) && hasItems(spec.router?.gateway?.refs) && !parentsEqualGateways(spec.router)
    ? [
        invalid(
          `${path}.router.route.http.spec`,
          spec.router?.route?.http?.spec?.parentRefs,
          'parentRefs and spec.router.gateway.refs name different gateways — remove parentRefs',
        ),
      ]
    : [];

/** Admission warnings: legal, but one of two equal texts is superfluous. */
export function routerWarnings(spec: LLMInferenceServiceSpec, path: string): readonly string[] {
  const isDouble =
    hasParentRefs(spec.router) && hasItems(spec.router?.gateway?.refs) && parentsEqualGateways(spec.router);
  return isDouble
    ? [`${path}.router.route.http.spec.parentRefs: can be omitted, it repeats ${path}.router.gateway.refs`]
    : [];
}

export const commonRouterRules: readonly Rule[] = [routeRefsAndSpecAreExclusive, routeRefsNeedNamedGateways];

function parentsEqualGateways(router: RouterSpec | undefined): boolean {
  const identity = (ref: Pick<GatewayRef, 'name' | 'namespace' | 'sectionName'>): string =>
    `${ref.namespace ?? ''}/${ref.name}/${ref.sectionName ?? ''}`;
  const parents = new Set((router?.route?.http?.spec?.parentRefs ?? []).map(identity));
  const gateways = new Set((router?.gateway?.refs ?? []).map(identity));
  return parents.size === gateways.size && [...parents].every((parent) => gateways.has(parent));
}

function hasParentRefs(router: RouterSpec | undefined): boolean {
  return hasItems(router?.route?.http?.spec?.parentRefs);
}

function hasItems(list: readonly unknown[] | undefined): boolean {
  return list !== undefined && list.length > 0;
}

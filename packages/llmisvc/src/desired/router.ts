import { gatewayResources, type HTTPRoute, type HTTPRouteRule } from '@weir/api/gateway';
import { apiVersionOf } from '@weir/api/meta';
import {
  components,
  conditionReasons,
  conditionTypes,
  poolMigratedAnnotation,
  routingGroupLabel,
} from '@weir/api/serving';
import type { DesiredInput, Part, PartResult } from './input.ts';
import { childMetadata, childOf, componentLabels } from './metadata.ts';
import { modelRoutedRules } from './model-routing.ts';
import { poolGroup } from './pool-group.ts';
import { checkReferences } from './reference-checks.ts';
import { groupedRules, routingGroup } from './routing-group.ts';
import { hasManagedScheduler } from './scheduler.ts';

/** The managed HTTPRoute; not written where the user names routes of his own. */
export const router: Part = (input) => {
  const { service, spec } = input;
  const failure = {
    condition: conditionTypes.httpRoutesReady,
    reason: conditionReasons.httpRouteReconcileError,
  };
  const conditions = checkReferences(input);
  const http = spec.router?.route?.http;
  if (http?.spec === undefined || (http.refs ?? []).length > 0) {
    return conditions.length === 0 ? null : { failure, apply: [], conditions };
  }
  const group = routingGroup(input);
  const labels = {
    ...componentLabels(service, components.router),
    ...(group === null ? {} : { [routingGroupLabel]: group.name }),
  };
  const { rules, annotations } = withPoolGroup(input, modelRoutedRules(input, http.spec.rules ?? []));
  const rewritten = rules.map((rule) => withRewrite(input, rule));
  const object: HTTPRoute = {
    apiVersion: apiVersionOf(gatewayResources.httpRoutes),
    kind: gatewayResources.httpRoutes.kind,
    metadata: childMetadata(service, childOf(service, 'route'), labels, annotations),
    spec: {
      ...http.spec,
      rules: groupedRules(input, rewritten),
    },
  };
  const warnings = [
    ...collisionWarnings(input),
    ...rewriteWarnings(rules.filter((rule, index) => rewritten[index] !== rule)),
  ];
  return { failure, apply: [{ kind: gatewayResources.httpRoutes, object }], conditions, warnings };
};

/** Requests that name the model by path or header reach whichever route is older. */
function collisionWarnings({ observed }: DesiredInput): NonNullable<PartResult['warnings']> {
  if (observed.namesakes.length === 0) return [];
  const names = observed.namesakes.join(', ');
  return [
    {
      reason: 'ModelNameCollision',
      message: `${names} of this namespace serve a model of the same name — rename one, or share traffic in a group`,
    },
  ];
}

function rewriteWarnings(rules: readonly HTTPRouteRule[]): NonNullable<PartResult['warnings']> {
  if (rules.length === 0) return [];
  const prefixes = rules.map(({ matches }) => matches?.[0]?.path?.value).join(', ');
  const message =
    `spec.router.route.http.spec.rules: ${prefixes} is taken off the path of requests, because engines know their own ` +
    'paths only — add a URLRewrite filter to say otherwise';
  return [{ reason: 'PathRewritten', message }];
}

function withPoolGroup(input: DesiredInput, rules: readonly HTTPRouteRule[]) {
  if (!hasManagedScheduler(input.spec)) return { rules, annotations: {} };
  const { group, isSettled } = poolGroup(input);
  const name = childOf(input.service, 'pool');
  return {
    rules: rules.map((rule) =>
      rule.backendRefs === undefined
        ? rule
        : {
            ...rule,
            backendRefs: rule.backendRefs.map((ref) =>
              ref.kind === 'InferencePool' && ref.name === name ? { ...ref, group } : ref,
            ),
          },
    ),
    annotations: isSettled ? { [poolMigratedAnnotation]: 'v1' } : {},
  };
}

/**
 * Engines know their own paths only. A rule that sends requests under a prefix of the user's to them takes the prefix
 * off, unless it says itself what becomes of the path.
 */
function withRewrite({ service }: DesiredInput, rule: HTTPRouteRule): HTTPRouteRule {
  const managed = [childOf(service, 'pool'), childOf(service, 'workloadService')];
  const { matches = [], filters = [], backendRefs = [] } = rule;
  const [match, ...others] = matches;
  const prefix = match?.path?.value ?? '/';
  const isForeignPrefix =
    others.length === 0 &&
    match?.path?.type === 'PathPrefix' &&
    prefix !== '/' &&
    !/^\/v1(\/|$)/.test(prefix);
  const isOurs = backendRefs.length > 0 && backendRefs.every(({ name }) => managed.includes(name));
  if (
    !isForeignPrefix ||
    !isOurs ||
    filters.some(({ type }) => type === 'URLRewrite' || type === 'RequestRedirect')
  )
    return rule;
  const rewrite = {
    type: 'URLRewrite',
    urlRewrite: { path: { type: 'ReplacePrefixMatch' as const, replacePrefixMatch: '/' } },
  };
  return { ...rule, filters: [...filters, rewrite] };
}

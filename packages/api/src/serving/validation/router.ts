import { invalid } from '../../meta/index.ts';
import type { GatewayRef, LLMInferenceServiceSpec, RouterSpec } from '../types.ts';
import { hasItems, type Rule } from './rule.ts';

const httpPath = 'spec.router.route.http';
const refsPath = `${httpPath}.refs`;
const specPath = `${httpPath}.spec`;
const gatewayPath = 'spec.router.gateway';
const gatewayRefsPath = `${gatewayPath}.refs`;

const routeRefsAndSpecAreExclusive: Rule = ({ spec }) => {
  const http = spec.router?.route?.http;
  if (http?.spec === undefined || !hasItems(http.refs)) return [];
  const detail =
    `unsupported configuration: cannot use both custom HTTPRoute refs ('${refsPath}') and an inline route spec ` +
    `('${specPath}'); choose one`;
  return [invalid(httpPath, http, detail, 'remove refs or spec')];
};

const routeRefsNeedNamedGateways: Rule = ({ spec }) => {
  const { route, gateway } = spec.router ?? {};
  const refs = route?.http?.refs;
  if (!hasItems(refs) || gateway === undefined || hasItems(gateway.refs)) return [];
  const detail =
    `unsupported configuration: custom HTTP routes ('${refsPath}') cannot be used with a managed gateway ` +
    `('${gatewayPath}'); either remove '${refsPath}' or set '${gatewayRefsPath}'`;
  return [invalid(refsPath, refs, detail, `remove ${refsPath}, or set ${gatewayRefsPath}`)];
};

/** v1alpha1: the two may not stand together at all. v1alpha2: they may when they say the same. */
const inlineRouteFitsGatewayRefs: Rule = ({ spec, version }) => {
  const { router } = spec;
  if (!hasParentsAndGateways(router)) return [];
  if (version !== 'v1alpha1' && parentsEqualGateways(router)) return [];
  const problem =
    version === 'v1alpha1'
      ? `cannot be used with custom gateway refs ('${gatewayRefsPath}')`
      : `has parentRefs that conflict with custom gateway refs ('${gatewayRefsPath}')`;
  const detail =
    `unsupported configuration: managed HTTP route spec ('${specPath}') ${problem}; ` +
    `either remove '${gatewayRefsPath}' or '${specPath}.parentRefs'`;
  const hint = `remove ${specPath}.parentRefs: they follow from ${gatewayRefsPath}`;
  return [invalid(specPath, router?.route?.http?.spec, detail, hint)];
};

export const routerRules: readonly Rule[] = [
  routeRefsAndSpecAreExclusive,
  routeRefsNeedNamedGateways,
  inlineRouteFitsGatewayRefs,
];

/** Legal, but one of two equal texts is superfluous. */
export function routerWarnings({ router }: LLMInferenceServiceSpec): readonly string[] {
  return hasParentsAndGateways(router) && parentsEqualGateways(router)
    ? [
        `${specPath}.parentRefs can be omitted when ${gatewayRefsPath} is set; ` +
          'parentRefs will be derived automatically from gateway refs',
      ]
    : [];
}

function hasParentsAndGateways(router: RouterSpec | undefined): boolean {
  return hasItems(router?.route?.http?.spec?.parentRefs) && hasItems(router?.gateway?.refs);
}

function parentsEqualGateways(router: RouterSpec | undefined): boolean {
  const identity = (ref: Pick<GatewayRef, 'name' | 'namespace' | 'sectionName'>): string =>
    `${ref.namespace ?? ''}/${ref.name}/${ref.sectionName ?? ''}`;
  const parents = (router?.route?.http?.spec?.parentRefs ?? []).map(identity).sort();
  const gateways = (router?.gateway?.refs ?? []).map(identity).sort();
  return parents.length === gateways.length && parents.every((parent, index) => parent === gateways[index]);
}

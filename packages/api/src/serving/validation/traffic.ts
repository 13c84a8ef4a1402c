import { invalid, required } from '../../meta/index.ts';
import { hasItems, type Rule } from './rule.ts';

const groupPath = 'spec.router.route.group';

/** A group shares requests by the backends of one managed HTTPRoute, so that it needs one. */
const trafficSplittingNeedsAManagedRoute: Rule = ({ spec }) => {
  const { route, ingress } = spec.router ?? {};
  const { group, weight } = route ?? {};
  if (group === undefined && weight === undefined) return [];
  if (ingress !== undefined) {
    const detail =
      'traffic splitting requires Gateway API routing; the controller manages HTTPRoutes, not Ingress resources';
    return [invalid(groupPath, group ?? '', detail, 'remove spec.router.ingress, or group and weight')];
  }
  if (group === undefined)
    return [required(groupPath, 'weight requires group', 'name the group, or remove weight')];
  if (weight === undefined)
    return [
      required(
        'spec.router.route.weight',
        'group requires weight',
        'set the share of this service, such as 50',
      ),
    ];
  if (!hasItems(route?.http?.refs)) return [];
  const detail =
    'traffic splitting cannot be used with custom HTTPRoute refs; controller-managed routes ' +
    '(route.http.spec or route.http: {}) are required';
  return [invalid(groupPath, group, detail, 'remove spec.router.route.http.refs, or group and weight')];
};

export const trafficRules: readonly Rule[] = [trafficSplittingNeedsAManagedRoute];

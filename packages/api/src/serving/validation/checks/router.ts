import { type Check, warn } from '../rule.ts';

/** Legal, but two addresses where one may be meant. */
export const ingressBesideGateway: Check = ({ spec }) => {
  const { ingress, route, gateway } = spec.router ?? {};
  if (ingress === undefined || (route === undefined && gateway === undefined)) return [];
  const other = route === undefined ? 'gateway' : 'route';
  const detail = `stands beside spec.router.${other}: both give an address, and status.url is that of the Gateway — remove one that is not wanted`;
  return [warn('spec.router.ingress', detail)];
};

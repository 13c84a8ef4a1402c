import type { ResourceKind } from '../meta/index.ts';
import { resources } from '../meta/index.ts';
import type { Gateway, GatewayClass, HTTPRoute, ReferenceGrant } from './types.ts';

export * from './ingress.ts';
export type * from './types.ts';

/** The kinds of the Gateway API with their shapes. */
export const gatewayResources: {
  readonly gatewayClasses: ResourceKind<GatewayClass>;
  readonly gateways: ResourceKind<Gateway>;
  readonly httpRoutes: ResourceKind<HTTPRoute>;
  readonly referenceGrants: ResourceKind<ReferenceGrant>;
} = {
  gatewayClasses: resources.gatewayClasses as ResourceKind<GatewayClass>,
  gateways: resources.gateways as ResourceKind<Gateway>,
  httpRoutes: resources.httpRoutes as ResourceKind<HTTPRoute>,
  referenceGrants: {
    group: 'gateway.networking.k8s.io',
    version: 'v1beta1',
    kind: 'ReferenceGrant',
    plural: 'referencegrants',
    namespaced: true,
  },
};

export const gatewayGroup = 'gateway.networking.k8s.io';
/** Annotation on a Gateway: JSON object, listener name → port really bound. Written by the gateway, read for URLs. */
export const boundPortsAnnotation = 'weir.dev/bound-ports';
/** Condition of a route's parent: when requests last failed one after another. Written by the gateway, read by the request gate. */
export const requestsFailedCondition = 'weir.dev/RequestsFailed';

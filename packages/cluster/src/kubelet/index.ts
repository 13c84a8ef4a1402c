export { type ServiceProxy, type ServiceProxyOptions, startServiceProxy } from '../service-proxy/index.ts';
export { createAddressPool } from './address-pool.ts';
export type {
  AddressPool,
  ApiAccess,
  ImageRequest,
  ImageResolution,
  ImageResolver,
  Kubelet,
  KubeletOptions,
  KubeletTimings,
} from './contracts.ts';
export { startKubelet } from './kubelet.ts';
export { type LogServerOptions, startLogServer } from './log-server.ts';
export { withNodeAuthorizer } from './node-authorizer.ts';

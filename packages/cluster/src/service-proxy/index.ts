export { type ServiceProxy, type ServiceProxyOptions, startServiceProxy } from './service-proxy.ts';

export type {
  ApiServer,
  ApiServerOptions,
  ListenOptions,
  PodLogOptions,
  PodLogSource,
  TlsFiles,
} from './contracts.ts';
export { createApiServer } from './server.ts';

export type {
  AdmissionPlugin,
  AdmissionRequest,
  AdmissionResult,
  ApiServer,
  ApiServerOptions,
  Converter,
  ListenOptions,
  PodLogOptions,
  PodLogSource,
  TlsFiles,
} from './contracts.ts';
export { createApiServer } from './server.ts';

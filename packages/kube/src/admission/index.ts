export { memoryStore, secretStore } from './certificate-stores.ts';
export {
  installWebhooks,
  type WebhookEntry,
  type WebhookSet,
  type WebhookTarget,
  webhookKinds,
} from './install.ts';
export { type CertificateStore, keepCertificate } from './keep-certificate.ts';
export { keepWebhooksInstalled } from './keep-installed.ts';
export { conversionRoute, mutatingRoute, validatingRoute, type WebhookRoute } from './routes.ts';
export { startWebhookServer, type WebhookServer, type WebhookServerOptions } from './server.ts';
export type { ServingCertificate, ServingCertificateRequest } from './serving-certificate.ts';

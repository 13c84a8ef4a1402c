export { createServingAdmission } from './admission.ts';
export { type Combined, combineConfig, type ObservedConfig } from './config/combine.ts';
export { type PlatformConfig, type PlatformOptions, parsePlatformConfig } from './config/platform-config.ts';
export type { ProtectionOptions } from './config/protection.ts';
export { computeDesired, type Desired, type DesiredInput, type Observed } from './desired/index.ts';
export { type LlmisvcOptions, startLlmisvc } from './start-llmisvc.ts';
export { type ServingWebhooks, servingWebhooks } from './webhooks.ts';

import type { CredentialsReader } from './index.ts';
import { fromSecret, hasKey, settingOf } from './secret.ts';

/** The name that users give by convention to the Secret of their hub token; it may spell its key shorter. */
const conventionalHubSecret = 'hf-secret';

export const hubToken: CredentialsReader = (secret) => {
  if (hasKey(secret, 'HF_TOKEN')) return { env: [fromSecret(secret, 'HF_TOKEN')] };
  const isShort = secret.metadata.name === conventionalHubSecret && hasKey(secret, 'token');
  return isShort ? { env: [fromSecret(secret, 'HF_TOKEN', 'token')] } : null;
};

export const modelScopeToken: CredentialsReader = (secret) =>
  hasKey(secret, 'MODELSCOPE_API_TOKEN') ? { env: [fromSecret(secret, 'MODELSCOPE_API_TOKEN')] } : null;

/** Request headers for one host, in a variable named after it. */
export const webHeaders: CredentialsReader = (secret) => {
  const host = settingOf(secret, 'https-host');
  if (host === undefined) return null;
  return { env: hasKey(secret, 'headers') ? [fromSecret(secret, `${host}-headers`, 'headers')] : [] };
};

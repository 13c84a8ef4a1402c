import type { CredentialsReader } from './index.ts';
import { fromSecret, hasKey } from './secret.ts';

/** A service principal in its older or newer spelling, or the access key of a storage account. */
const variants: readonly { readonly mark: string; readonly keys: readonly string[] }[] = [
  {
    mark: 'AZ_CLIENT_ID',
    keys: ['AZ_SUBSCRIPTION_ID', 'AZ_TENANT_ID', 'AZ_CLIENT_ID', 'AZ_CLIENT_SECRET'],
  },
  {
    mark: 'AZURE_CLIENT_ID',
    keys: ['AZURE_SUBSCRIPTION_ID', 'AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'],
  },
  { mark: 'AZURE_STORAGE_ACCESS_KEY', keys: ['AZURE_STORAGE_ACCESS_KEY'] },
];

export const azureEnv: CredentialsReader = (secret) => {
  const variant = variants.find(({ mark }) => hasKey(secret, mark));
  if (variant === undefined) return null;
  // Managed identities come without a client secret.
  return { env: variant.keys.filter((key) => hasKey(secret, key)).map((key) => fromSecret(secret, key)) };
};

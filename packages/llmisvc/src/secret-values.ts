import { partOf, partOfLabel } from '@weir/api/serving';
import type { Secret } from '@weir/api/workloads';
import { secretSettingKeys } from '@weir/storage/attach';

/** A Secret of a user as far as pods are built from it: which keys it has, and settings that are no secrets. */
export function withoutValues(secret: Secret): Secret {
  if (secret.metadata.labels?.[partOfLabel] === partOf || secret.data === undefined) return secret;
  const data = Object.entries(secret.data).map(([key, value]) => [
    key,
    secretSettingKeys.includes(key) ? value : '',
  ]);
  return { ...secret, data: Object.fromEntries(data) };
}

import type { EnvVar, Secret } from '@weir/api/workloads';

export function hasKey(secret: Secret, key: string): boolean {
  return secret.data !== undefined && Object.hasOwn(secret.data, key);
}

/** The variable takes its value from the Secret, so that the value is in no pod spec. */
export function fromSecret(secret: Secret, name: string, key: string = name): EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secret.metadata.name ?? '', key } } };
}

/** The value of a key that is no secret, such as a host name. */
export function settingOf(secret: Secret, key: string): string | undefined {
  const encoded = secret.data?.[key];
  if (encoded === undefined) return undefined;
  return new TextDecoder().decode(Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0)));
}

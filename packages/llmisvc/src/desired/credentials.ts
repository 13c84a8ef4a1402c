import type { Secret, ServiceAccount } from '@weir/api/workloads';
import { storageErrors } from '@weir/storage/attach';
import type { DesiredInput } from './input.ts';
import { nameOf, namespaceOf } from './metadata.ts';

/** A Secret with credentials, and who names it. */
interface RequiredSecret {
  readonly name: string;
  /** Null: used where it exists, named by convention only. */
  readonly origin: string | null;
}

/** The Secret that holds the hub's token by convention. */
const conventionalSecret = 'hf-secret';

type Origin = Pick<DesiredInput, 'service' | 'platform'>;

/** The annotated Secret alone, else those of the account; the conventional one last. */
export function requiredSecrets(
  { service, platform }: Origin,
  account: ServiceAccount | undefined,
): RequiredSecret[] {
  const key = platform.storageSecretNameAnnotation;
  const annotated = service.metadata.annotations?.[key] ?? '';
  const named =
    annotated === ''
      ? (account?.secrets ?? []).map(({ name = '' }) => ({
          name,
          origin: `ServiceAccount ${namespaceOf(service)}/${account?.metadata.name}`,
        }))
      : [{ name: annotated, origin: `annotation ${key} of ${nameOf(service)}` }];
  return [...named, { name: conventionalSecret, origin: null }];
}

/** Throws for a Secret that somebody promised and that is not there. */
export function findSecret(
  { service, observed }: Pick<DesiredInput, 'service' | 'observed'>,
  { name, origin }: RequiredSecret,
): Secret | undefined {
  const namespace = namespaceOf(service);
  const found = observed.secrets.find(
    ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
  );
  if (found === undefined && origin !== null) {
    throw storageErrors.SECRET_MISSING({ secret: `${namespace}/${name}`, origin });
  }
  return found;
}

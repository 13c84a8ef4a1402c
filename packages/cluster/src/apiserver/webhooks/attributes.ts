import type { KubeObject, ResourceKind } from '@weir/api/meta';
import type { UserInfo } from '../auth/user.ts';
import type { Target } from '../registry/served-kind.ts';

/** A write as admission webhooks judge it. */
export interface AdmissionAttributes {
  readonly target: Target;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  /** Empty for the object itself. */
  readonly subresource: string;
  /** Kind of the objects where a subresource has one of its own, such as Scale. */
  readonly kind?: Pick<ResourceKind, 'group' | 'version' | 'kind'>;
  /** Empty where the server makes it up, and for each object of a deleted collection. */
  readonly name: string;
  readonly namespace: string;
  /** The new state in the version of the request; null for DELETE. */
  readonly object: KubeObject | null;
  readonly oldObject: KubeObject | null;
  /** CreateOptions, UpdateOptions or DeleteOptions as the client sent them. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly user: UserInfo;
  readonly dryRun: boolean;
}

/** Objects of a request in one of the versions of their kind. */
export interface VersionedObjects {
  readonly target: Target;
  readonly object: KubeObject | null;
  readonly oldObject: KubeObject | null;
}

/** A write as its handler knows it. */
interface Write {
  readonly name: string;
  readonly namespace: string;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** Options as the client sent them, without their kind. */
  readonly sent: Readonly<Record<string, unknown>>;
  readonly object?: KubeObject;
  readonly oldObject?: KubeObject | null;
  readonly subresource?: string;
  readonly kind?: AdmissionAttributes['kind'];
}

const optionsKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' } as const;

export function attributesOf(
  target: Target,
  operation: AdmissionAttributes['operation'],
  write: Write,
): AdmissionAttributes {
  const { name, namespace, user, dryRun, sent, kind } = write;
  return {
    target,
    operation,
    subresource: write.subresource ?? '',
    ...(kind === undefined ? {} : { kind }),
    name,
    // A request for a namespace is one within it.
    namespace: isNamespaceKind(target) ? name : namespace,
    object: write.object ?? null,
    oldObject: write.oldObject ?? null,
    options: { ...sent, kind: optionsKinds[operation], apiVersion: 'meta.k8s.io/v1' },
    user,
    dryRun,
  };
}

export function isNamespaceKind({ kind }: Target): boolean {
  return kind.group === '' && kind.plural === 'namespaces';
}

import { keyText, type ObjectKey } from '@weir/api/meta';

/**
 * Which services need which objects, present or missing. A change of an object then reaches its users through one
 * look-up, without composing anything again.
 */
export class References {
  readonly #usersOf = new Map<string, Set<string>>();
  readonly #usedBy = new Map<string, readonly string[]>();

  /** Replaces everything that the service uses. */
  set(service: ObjectKey, references: readonly string[]): void {
    const user = keyText(service);
    for (const reference of this.#usedBy.get(user) ?? []) {
      const users = this.#usersOf.get(reference);
      users?.delete(user);
      if (users?.size === 0) this.#usersOf.delete(reference);
    }
    if (references.length === 0) this.#usedBy.delete(user);
    else this.#usedBy.set(user, references);
    for (const reference of references) {
      const users = this.#usersOf.get(reference) ?? new Set<string>();
      users.add(user);
      this.#usersOf.set(reference, users);
    }
  }

  /** `namespace/name` of the services that use the object. */
  usersOf(reference: string): readonly string[] {
    return [...(this.#usersOf.get(reference) ?? [])];
  }
}

export type ReferenceKind =
  | 'config'
  | 'gateway'
  | 'httproute'
  | 'inferencepool'
  | 'ingress'
  | 'configmap'
  | 'secret'
  | 'serviceaccount';

export function referenceTo(kind: ReferenceKind, key: ObjectKey): string {
  return `${kind}:${keyText(key)}`;
}

import type { KubeObject } from '@weir/api/meta';
import { shortHash } from '@weir/core/hash';
import { isContainedIn } from './is-contained-in.ts';

/**
 * Objects that a server does not store as they are wanted, because it drops fields of features that are off there.
 * Writing them again would change nothing, and go on for ever.
 */
export class ServerLimits {
  /** What was wanted, and what came of it, by uid. */
  readonly #seen = new Map<string, { readonly wanted: string; readonly stored: string }>();

  /** Notes how a server answered a write. */
  note(wanted: KubeObject, answer: KubeObject): void {
    const { uid } = answer.metadata;
    if (uid === undefined) return;
    if (isContainedIn(wanted, answer)) this.#seen.delete(uid);
    else this.#seen.set(uid, { wanted: contentHash(wanted), stored: contentHash(answer) });
  }

  forget({ metadata: { uid } }: KubeObject): void {
    if (uid !== undefined) this.#seen.delete(uid);
  }

  /** Whether the object is what came of this wish before. */
  isReached(wanted: KubeObject, known: KubeObject): boolean {
    const seen = this.#seen.get(known.metadata.uid ?? '');
    if (seen === undefined || seen.wanted !== contentHash(wanted)) return false;
    return seen.stored === contentHash(known) && isContainedIn(wanted.metadata, known.metadata);
  }
}

/** Without what others and the server write. */
function contentHash(object: KubeObject): string {
  const { metadata: _metadata, status: _status, ...content } = object as KubeObject & { status?: unknown };
  return shortHash(content);
}

import type { FieldError, KubeObject } from '@weir/api/meta';
import type { ServedKind } from '../registry/served-kind.ts';

/** What a strategy may look at besides the object. */
export interface StrategyContext {
  readonly now: Date;
  /** Objects in their storage version, including writes that are on their way. */
  readonly find: (collection: string, key: string) => KubeObject | undefined;
}

/**
 * The rules of one built-in kind beyond its schema. The functions get a draft of their own and change it in place;
 * `old` must not be changed.
 */
export interface Strategy<T extends KubeObject = KubeObject> {
  /** The kind counts changes of its spec in metadata.generation. */
  readonly hasGeneration?: boolean;
  /** Status of a new object is taken from the client. */
  readonly keepsNewStatus?: boolean;
  readonly setDefaults?: (draft: T) => void;
  readonly prepareCreate?: (draft: T, context: StrategyContext) => void;
  readonly prepareUpdate?: (draft: T, old: T, context: StrategyContext) => void;
  /** `old` is null for a new object. */
  readonly validate?: (object: T, old: T | null) => FieldError[];
  /** A reason to refuse a new object that is not in its fields; answered with 403. */
  readonly forbidden?: (object: T, context: StrategyContext) => string | null;
  /** Called for new objects that could not be stored after all, and for removed ones. */
  readonly release?: (object: T) => void;
}

export type Strategies = (kind: ServedKind) => Strategy;

/** Gives a strategy its object type; the registry stores all of them alike. */
export function defineStrategy<T extends KubeObject>(strategy: Strategy<T>): Strategy {
  return strategy as unknown as Strategy;
}

import type { KubeObject } from '@weir/api/meta';

/** `fieldsV1` of a managed-fields entry: `f:` a field, `k:` an item by its keys, `v:` an item by its value. */
interface FieldTree {
  readonly [step: string]: FieldTree;
}

interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: FieldTree;
}

/**
 * Knows which fields of an object a manager has applied, from the object itself, so that also a process that was
 * started again can tell whether a field must be removed. Local copies keep no managed fields: they are a third of
 * an object, and the same for all objects that were made alike.
 */
export class OwnedFields {
  readonly #manager: string;
  readonly #trees = new Map<string, FieldTree>();
  readonly #treeOf = new WeakMap<KubeObject, FieldTree>();

  constructor(manager: string) {
    this.#manager = manager;
  }

  /** The object without its managed fields, which are noted. */
  strip<T extends KubeObject>(object: T): T {
    const { managedFields, ...metadata } = object.metadata;
    if (managedFields === undefined) return object;
    const stripped = { ...object, metadata };
    const tree = this.#ownTree(managedFields as readonly ManagedFieldsEntry[]);
    if (tree !== undefined) this.#treeOf.set(stripped, tree);
    return stripped;
  }

  /** Whether the manager has applied the object, and nothing that is no longer wanted. */
  areWanted(live: KubeObject, wanted: KubeObject): boolean {
    const tree = this.#treeOf.get(live) ?? this.#ownTree((live.metadata.managedFields ?? []) as []);
    return tree !== undefined && isWithin(tree, wanted);
  }

  #ownTree(entries: readonly ManagedFieldsEntry[]): FieldTree | undefined {
    const entry = entries.find(
      ({ manager, operation, subresource }) =>
        manager === this.#manager && operation === 'Apply' && !subresource,
    );
    if (entry?.fieldsV1 === undefined) return undefined;
    // The uid of the owner would make every tree another one.
    const text = JSON.stringify(entry.fieldsV1, (step, value: unknown) =>
      step === 'f:ownerReferences' ? undefined : value,
    );
    const tree = this.#trees.get(text) ?? (JSON.parse(text) as FieldTree);
    if (this.#trees.size >= maxTrees) this.#trees.clear();
    this.#trees.set(text, tree);
    return tree;
  }
}

const maxTrees = 1000;

function isWithin(tree: FieldTree, wanted: unknown): boolean {
  return Object.entries(tree).every(([step, below]) => {
    if (step === '.') return true;
    const value = childAt(step.slice(0, 2), step.slice(2), wanted);
    return value !== undefined && isWithin(below, value);
  });
}

function childAt(prefix: string, text: string, wanted: unknown): unknown {
  if (prefix === 'f:') return (wanted as Record<string, unknown> | null)?.[text];
  if (!Array.isArray(wanted)) return undefined;
  const items: unknown[] = wanted;
  switch (prefix) {
    case 'k:': {
      const keys = Object.entries(JSON.parse(text) as Record<string, unknown>);
      // A key may have been left to its default, such as the protocol of a port.
      return items.find((item) =>
        keys.every(([key, value]) => [value, undefined].includes((item as Record<string, unknown>)[key])),
      );
    }
    case 'v:':
      return items.find((item) => JSON.stringify(item) === text);
    default:
      return items[Number(text)];
  }
}

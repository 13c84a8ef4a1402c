import table from '../gen/merge-keys.json' with { type: 'json' };

/** What a strategic merge has to know about the fields of one type. Types not mentioned merge by default rules. */
export interface MergeNode {
  readonly fields: Readonly<Record<string, MergeField>>;
}

export interface MergeField {
  /** List of objects: the field that identifies an item. */
  readonly mergeKey?: string;
  /** Absent: objects merge, lists are replaced. */
  readonly strategy?: 'merge' | 'replace';
  /** Type of the value, or of the items of a list. */
  readonly node?: MergeNode;
}

interface Rule {
  readonly key?: string;
  readonly strategy?: string;
  readonly type?: string;
}

const types: Readonly<Record<string, Readonly<Record<string, Rule>>>> = table.types;
const nodes = new Map<string, MergeNode>();

/** Merge rules of a built-in type by its OpenAPI name, such as `io.k8s.api.core.v1.PodSpec`. */
export function mergeNodeOf(schemaName: string): MergeNode | undefined {
  const known = nodes.get(schemaName);
  if (known !== undefined) return known;
  if (!Object.hasOwn(types, schemaName)) return undefined;
  const fields: Record<string, MergeField> = Object.create(null);
  const node: MergeNode = { fields };
  // Registered before its fields are filled, so that types may refer to themselves.
  nodes.set(schemaName, node);
  for (const [name, rule] of Object.entries(types[schemaName] ?? {})) fields[name] = toField(rule);
  return node;
}

function toField(rule: Rule): MergeField {
  // `retainKeys` needs no rule here: patches say themselves which keys stay.
  const strategy = rule.strategy?.split(',').find((word) => word !== 'retainKeys');
  const node = rule.type === undefined ? undefined : mergeNodeOf(rule.type);
  return {
    ...(rule.key === undefined ? {} : { mergeKey: rule.key }),
    ...(strategy === 'merge' || strategy === 'replace' ? { strategy } : {}),
    ...(node === undefined ? {} : { node }),
  };
}

import { isJsonObject, put } from '../structural.ts';

/**
 * A set of field paths, as managedFields records them. A path element is the string that fieldsV1 uses: `f:<field>`,
 * `k:<keys of a list item as JSON>` or `v:<value of a set item as JSON>`. A path can be a member without its
 * children being members, and the other way round. Sets are never changed after they are built.
 */
export interface FieldSet {
  readonly members: ReadonlySet<string>;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const emptySet: FieldSet = { members: new Set(), children: new Map() };

export function isEmpty(set: FieldSet): boolean {
  if (set.members.size > 0) return false;
  for (const child of set.children.values()) if (!isEmpty(child)) return false;
  return true;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  const children = new Map(a.children);
  for (const [element, child] of b.children) {
    const mine = children.get(element);
    children.set(element, mine === undefined ? child : union(mine, child));
  }
  return { members: new Set([...a.members, ...b.members]), children };
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return build(
    [...a.members].filter((element) => b.members.has(element)),
    a,
    (element, child) => {
      const theirs = b.children.get(element);
      return theirs === undefined ? emptySet : intersection(child, theirs);
    },
  );
}

/** Paths of `a` that are not in `b`; children of removed paths stay. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(b)) return a;
  return build(
    [...a.members].filter((element) => !b.members.has(element)),
    a,
    (element, child) => {
      const theirs = b.children.get(element);
      return theirs === undefined ? child : difference(child, theirs);
    },
  );
}

/** Paths of `a` that are neither in `b` nor below a path of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(b)) return a;
  return build(
    [...a.members].filter((element) => !b.members.has(element)),
    a,
    (element, child) => {
      if (b.members.has(element)) return emptySet;
      const theirs = b.children.get(element);
      return theirs === undefined ? child : recursiveDifference(child, theirs);
    },
  );
}

function build(
  members: readonly string[],
  source: FieldSet,
  childOf: (element: string, child: FieldSet) => FieldSet,
): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [element, child] of source.children) {
    const kept = childOf(element, child);
    if (!isEmpty(kept)) children.set(element, kept);
  }
  return { members: new Set(members), children };
}

export function setOf(paths: readonly (readonly string[])[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) builder.add(path);
  return builder.build();
}

/** All paths of the set in the order that Kubernetes lists them. */
export function pathsOf(set: FieldSet, prefix: readonly string[] = []): string[][] {
  const paths = [...set.members].sort(byElement).map((element) => [...prefix, element]);
  for (const [element, child] of [...set.children].sort(([a], [b]) => byElement(a, b))) {
    paths.push(...pathsOf(child, [...prefix, element]));
  }
  return paths;
}

/** Collects paths while a value is walked. */
export class FieldSetBuilder {
  readonly #members = new Set<string>();
  readonly #children = new Map<string, FieldSetBuilder>();

  add(path: readonly string[]): void {
    const [first, ...rest] = path;
    if (first === undefined) return;
    if (rest.length === 0) this.#members.add(first);
    else this.child(first).add(rest);
  }

  child(element: string): FieldSetBuilder {
    let child = this.#children.get(element);
    if (child === undefined) {
      child = new FieldSetBuilder();
      this.#children.set(element, child);
    }
    return child;
  }

  build(): FieldSet {
    const children = new Map<string, FieldSet>();
    for (const [element, builder] of this.#children) {
      const child = builder.build();
      if (!isEmpty(child)) children.set(element, child);
    }
    return { members: this.#members, children };
  }
}

/** The fieldsV1 form: nested objects, with `.` for a path that is a member and also has children. */
export function toFieldsV1(set: FieldSet): Record<string, unknown> {
  return writeFields(set, {});
}

function writeFields(set: FieldSet, fields: Record<string, unknown>): Record<string, unknown> {
  const elements = [...set.members];
  for (const element of set.children.keys()) if (!set.members.has(element)) elements.push(element);
  for (const element of elements.sort(byElement)) {
    const child = set.children.get(element);
    if (child === undefined) put(fields, element, {});
    else put(fields, element, writeFields(child, set.members.has(element) ? { '.': {} } : {}));
  }
  return fields;
}

/** Undefined for anything that is not fieldsV1. */
export function fromFieldsV1(fields: unknown): FieldSet | undefined {
  if (!isJsonObject(fields)) return undefined;
  const members = new Set<string>();
  const children = new Map<string, FieldSet>();
  for (const [element, inner] of Object.entries(fields)) {
    if (element === '.') continue;
    if (!/^[fkvi]:/.test(element) || !isJsonObject(inner)) return undefined;
    const child = fromFieldsV1(inner);
    if (child === undefined) return undefined;
    if (Object.keys(inner).length === 0 || Object.hasOwn(inner, '.')) members.add(element);
    if (!isEmpty(child)) children.set(element, child);
  }
  return { members, children };
}

/** Fields before keyed items before values, each in byte order. */
function byElement(a: string, b: string): number {
  if (a.charAt(0) !== b.charAt(0)) return rank(a) - rank(b);
  return a < b ? -1 : a > b ? 1 : 0;
}

function rank(element: string): number {
  return 'fkvi'.indexOf(element.charAt(0));
}

import { collectionOf, type ServedKind, type Target, targetOf } from './served-kind.ts';

/** All kinds that the server knows at the moment: the built-in ones and those of CustomResourceDefinitions. */
export class Registry {
  readonly #kinds = new Map<string, ServedKind>();
  readonly #onChange = new Set<() => void>();

  constructor(builtins: readonly ServedKind[]) {
    for (const kind of builtins) this.#kinds.set(collectionOf(kind), kind);
  }

  find(group: string, version: string, plural: string): Target | undefined {
    const served = this.#kinds.get(`${group}/${plural}`);
    const found = served?.versions.find((one) => one.name === version);
    return served === undefined || found === undefined ? undefined : targetOf(served, found);
  }

  /** The kind in its preferred version. */
  findAny(group: string, plural: string): Target | undefined {
    const served = this.#kinds.get(`${group}/${plural}`);
    const preferred = served?.versions[0];
    return served === undefined || preferred === undefined ? undefined : targetOf(served, preferred);
  }

  all(): ServedKind[] {
    return [...this.#kinds.values()];
  }

  /** Adds a custom kind, or replaces its earlier definition. */
  set(kind: ServedKind): void {
    const known = this.#kinds.get(collectionOf(kind));
    if (known !== undefined && !known.isCustom) {
      throw new Error(`${kind.plural}.${kind.group} is a built-in kind, which a definition cannot replace`);
    }
    this.#kinds.set(collectionOf(kind), kind);
    this.#changed();
  }

  remove(group: string, plural: string): void {
    const key = `${group}/${plural}`;
    if (this.#kinds.get(key)?.isCustom !== true) return;
    this.#kinds.delete(key);
    this.#changed();
  }

  /** Calls back after every change of custom kinds. */
  onChange(listener: () => void): void {
    this.#onChange.add(listener);
  }

  #changed(): void {
    for (const listener of this.#onChange) listener();
  }
}

/** Groups in order of discovery: core, built-in groups, custom ones; each with its versions, preferred first. */
export function groupVersions(kinds: readonly ServedKind[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const kind of kinds) {
    const versions = groups.get(kind.group) ?? [];
    for (const version of kind.versions) if (!versions.includes(version.name)) versions.push(version.name);
    groups.set(kind.group, versions);
  }
  for (const versions of groups.values()) versions.sort(byPreference);
  return groups;
}

/** Kubernetes' order of versions: stable before beta before alpha, then the higher number first. */
export function byPreference(a: string, b: string): number {
  const left = parseVersion(a);
  const right = parseVersion(b);
  if (left === null || right === null) return left === right ? (a < b ? -1 : 1) : left === null ? 1 : -1;
  return right.level - left.level || right.major - left.major || right.minor - left.minor;
}

function parseVersion(name: string): { level: number; major: number; minor: number } | null {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(name);
  if (match === null) return null;
  const level = match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0;
  return { level, major: Number(match[1]), minor: Number(match[3] ?? 0) };
}

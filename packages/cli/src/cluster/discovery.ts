import type { KubeObject, ResourceKind } from '@weir/api/meta';
import { nearest } from '@weir/core/errors';
import { type Fetch, kubeErrorFrom } from '@weir/kube';
import { cliErrors } from '../errors.ts';

export interface DiscoveredKind extends ResourceKind {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
}

interface AggregatedDiscovery {
  items: {
    metadata?: { name?: string };
    versions: {
      version: string;
      resources?: {
        resource: string;
        responseKind: { kind: string };
        scope: 'Namespaced' | 'Cluster';
        singularResource?: string;
        shortNames?: string[];
        categories?: string[];
      }[];
    }[];
  }[];
}

const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

/** All kinds that the server offers, preferred versions first. */
export async function discoverKinds(fetch: Fetch): Promise<DiscoveredKind[]> {
  const documents = await Promise.all(['/api', '/apis'].map((path) => read(fetch, path)));
  return documents.flatMap(({ items }) =>
    items.flatMap((group) =>
      group.versions.flatMap(({ version, resources = [] }) =>
        resources.map((resource) => ({
          group: group.metadata?.name ?? '',
          version,
          kind: resource.responseKind.kind,
          plural: resource.resource,
          namespaced: resource.scope === 'Namespaced',
          singular: resource.singularResource || resource.responseKind.kind.toLowerCase(),
          shortNames: resource.shortNames ?? [],
          categories: resource.categories ?? [],
        })),
      ),
    ),
  );
}

async function read(fetch: Fetch, path: string): Promise<AggregatedDiscovery> {
  const response = await fetch(path, { headers: { accept } });
  if (!response.ok) throw await kubeErrorFrom(response, `GET ${path}`);
  return (await response.json()) as AggregatedDiscovery;
}

/** The kind of an object from a manifest. */
export function kindOfObject(kinds: readonly DiscoveredKind[], object: KubeObject): DiscoveredKind {
  const slash = object.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : object.apiVersion.slice(0, slash);
  const version = object.apiVersion.slice(slash + 1);
  const found = kinds.find(
    (kind) => kind.group === group && kind.version === version && kind.kind === object.kind,
  );
  if (found !== undefined) return found;
  const suggestion = nearest(
    `${object.apiVersion} ${object.kind}`,
    kinds.map((kind) => `${kind.group === '' ? '' : `${kind.group}/`}${kind.version} ${kind.kind}`),
  );
  throw cliErrors.UNKNOWN_KIND({ kind: `${object.kind} in ${object.apiVersion}`, hint: hint(suggestion) });
}

/** The kinds that a user means by `pods`, `po`, `deploy.apps`, `httproutes.v1.gateway.networking.k8s.io` or `all`. */
export function kindsNamed(kinds: readonly DiscoveredKind[], word: string): DiscoveredKind[] {
  const [name = '', ...rest] = word.toLowerCase().split('.');
  const suffix = rest.join('.');
  const isNamed = (kind: DiscoveredKind): boolean =>
    [kind.plural, kind.singular, kind.kind.toLowerCase(), ...kind.shortNames].includes(name) &&
    (suffix === '' || kind.group === suffix || `${kind.version}.${kind.group}` === suffix);
  const found = kinds.find(isNamed);
  if (found !== undefined) return [found];
  const category = kinds.filter(
    (kind, i) => kind.categories.includes(word) && isFirstVersion(kinds, kind, i),
  );
  if (category.length > 0) return category;
  const names = kinds.flatMap((kind) => [kind.plural, kind.singular, ...kind.shortNames]);
  throw cliErrors.UNKNOWN_KIND({ kind: word, hint: hint(nearest(name, names)) });
}

function isFirstVersion(kinds: readonly DiscoveredKind[], kind: DiscoveredKind, index: number): boolean {
  return kinds.findIndex((other) => other.group === kind.group && other.plural === kind.plural) === index;
}

function hint(suggestion: string | null): string {
  return suggestion === null ? '' : ` — did you mean "${suggestion}"?`;
}

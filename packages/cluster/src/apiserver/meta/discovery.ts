import { negotiateDiscovery } from '../negotiate.ts';
import type { Registry } from '../registry/registry.ts';
import { groupVersions } from '../registry/registry.ts';
import type { ServedKind, ServedVersion } from '../registry/served-kind.ts';
import { type ApiRequest, type ApiResponse, jsonResponse } from '../request.ts';

interface APIResource {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

/** Answers /api, /apis, /apis/GROUP, /api/v1 and /apis/GROUP/VERSION; null for other paths. */
export function discover(
  registry: Registry,
  segments: readonly string[],
  request: ApiRequest,
): ApiResponse | null {
  const [root, ...rest] = segments;
  const kinds = registry.all();
  if (root !== 'api' && root !== 'apis') return null;
  if (rest.length === 0) return discoverRoot(kinds, root, request);
  if (root === 'api') return rest.length === 1 ? resourceList(kinds, '', rest[0] ?? '') : null;
  if (rest.length === 1) return groupOf(kinds, rest[0] ?? '');
  return rest.length === 2 ? resourceList(kinds, rest[0] ?? '', rest[1] ?? '') : null;
}

function discoverRoot(kinds: readonly ServedKind[], root: 'api' | 'apis', request: ApiRequest): ApiResponse {
  const groups = groupVersions(kinds);
  const wanted = [...groups].filter(([group]) => (group === '') === (root === 'api'));
  const version = negotiateDiscovery(request.header('accept'));
  if (version !== null) {
    const items = wanted.map(([group, versions]) => aggregatedGroup(kinds, group, versions));
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    const body = {
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${version}`,
      metadata: {},
      items,
    };
    return jsonResponse(200, body, { 'content-type': contentType });
  }
  if (root === 'api') {
    const versions = groups.get('') ?? [];
    return jsonResponse(200, { kind: 'APIVersions', versions, serverAddressByClientCIDRs: [] });
  }
  const list = wanted.map(([group, versions]) => classicGroup(group, versions));
  return jsonResponse(200, { kind: 'APIGroupList', apiVersion: 'v1', groups: list });
}

function groupOf(kinds: readonly ServedKind[], group: string): ApiResponse | null {
  const versions = groupVersions(kinds).get(group);
  if (versions === undefined || group === '') return null;
  return jsonResponse(200, { kind: 'APIGroup', apiVersion: 'v1', ...classicGroup(group, versions) });
}

function classicGroup(
  name: string,
  versions: readonly string[],
): { readonly name: string } & Record<string, unknown> {
  const entries = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

function resourceList(kinds: readonly ServedKind[], group: string, version: string): ApiResponse | null {
  const resources = inVersion(kinds, group, version).flatMap(([kind, served]) => [
    {
      name: kind.plural,
      singularName: kind.singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: kind.verbs,
      ...namesOf(kind),
    },
    ...subresourcesOf(kind, served).map(
      (sub): APIResource => ({
        name: `${kind.plural}/${sub.name}`,
        singularName: '',
        namespaced: kind.namespaced,
        ...(sub.group === group && sub.version === version ? {} : { group: sub.group, version: sub.version }),
        kind: sub.kind,
        verbs: sub.verbs,
      }),
    ),
  ]);
  if (resources.length === 0) return null;
  const groupVersion = group === '' ? version : `${group}/${version}`;
  return jsonResponse(200, { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources });
}

function aggregatedGroup(kinds: readonly ServedKind[], group: string, versions: readonly string[]): unknown {
  return {
    metadata: { name: group, creationTimestamp: null },
    versions: versions.map((version) => ({
      version,
      freshness: 'Current',
      resources: inVersion(kinds, group, version).map(([kind, served]) => ({
        resource: kind.plural,
        responseKind: { group, version, kind: kind.kind },
        scope: kind.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: kind.singular,
        verbs: kind.verbs,
        ...namesOf(kind),
        subresources: subresourcesOf(kind, served).map((sub) => ({
          subresource: sub.name,
          responseKind: { group: sub.group, version: sub.version, kind: sub.kind },
          verbs: sub.verbs,
        })),
      })),
    })),
  };
}

function namesOf(kind: ServedKind): Pick<APIResource, 'shortNames' | 'categories'> {
  return {
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
  };
}

function inVersion(
  kinds: readonly ServedKind[],
  group: string,
  version: string,
): [ServedKind, ServedVersion][] {
  return kinds
    .filter((kind) => kind.group === group)
    .flatMap((kind): [ServedKind, ServedVersion][] =>
      kind.versions.filter((served) => served.name === version).map((served) => [kind, served]),
    );
}

interface SubresourceEntry {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

function subresourcesOf(kind: ServedKind, served: ServedVersion): SubresourceEntry[] {
  const verbs = ['get', 'patch', 'update'];
  const own = { group: kind.group, version: served.name, kind: kind.kind, verbs };
  const scale = { name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs };
  return [
    ...kind.subresources,
    ...(served.scale === null ? [] : [scale]),
    ...(served.hasStatus ? [{ name: 'status', ...own }] : []),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

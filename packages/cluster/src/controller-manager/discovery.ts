import type { ResourceKind } from '@weir/api/meta';
import { type Client, kubeErrorFrom } from '@weir/kube';

export interface ServedKind extends ResourceKind {
  readonly verbs: readonly string[];
}

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

interface ApiGroup {
  readonly name: string;
  readonly preferredVersion: { readonly version: string };
  readonly versions: readonly { readonly version: string }[];
}

/** Every kind that the server serves, once: in the preferred version of its group, else in the first that has it. */
export async function discoverKinds(client: Client, signal: AbortSignal): Promise<ServedKind[]> {
  const groups = (await getJson<{ groups: ApiGroup[] }>(client, '/apis', signal))?.groups ?? [];
  const versions = groups.flatMap(({ name, preferredVersion, versions: all }) => {
    const others = all
      .map(({ version }) => version)
      .filter((version) => version !== preferredVersion.version);
    return [preferredVersion.version, ...others].map((version) => ({ group: name, version }));
  });
  const lists = await Promise.all(
    [{ group: '', version: 'v1' }, ...versions].map((at) => listResources(client, at, signal)),
  );
  const kinds = new Map<string, ServedKind>();
  for (const kind of lists.flat()) {
    const name = `${kind.plural}.${kind.group}`;
    if (!kinds.has(name)) kinds.set(name, kind);
  }
  return [...kinds.values()];
}

async function listResources(
  client: Client,
  { group, version }: { readonly group: string; readonly version: string },
  signal: AbortSignal,
): Promise<ServedKind[]> {
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const list = await getJson<{ resources: ApiResource[] }>(client, path, signal);
  return (list?.resources ?? [])
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, kind, namespaced, verbs }) => ({ group, version, kind, plural: name, namespaced, verbs }));
}

/** Undefined for a group that went away between the two requests. */
async function getJson<T>(client: Client, path: string, signal: AbortSignal): Promise<T | undefined> {
  const response = await client.fetch(path, { headers: { accept: 'application/json' }, signal });
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  if (!response.ok) throw await kubeErrorFrom(response, `GET ${path}`);
  return (await response.json()) as T;
}

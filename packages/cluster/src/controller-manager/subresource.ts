import type { KubeObject, ObjectKey, ResourceKind } from '@weir/api/meta';
import { type Client, kubeErrorFrom, resourcePath } from '@weir/kube';

/** Writes a subresource that is a verb rather than a part of the object: `pods/binding`, `namespaces/finalize`. */
export async function writeSubresource(
  client: Client,
  target: { readonly kind: ResourceKind; readonly key: ObjectKey; readonly subresource: string },
  request: { readonly method: 'POST' | 'PUT'; readonly body: KubeObject; readonly signal: AbortSignal },
): Promise<void> {
  const { kind, key, subresource } = target;
  const path = resourcePath(kind, { ...key, subresource }, { fieldManager: client.fieldManager });
  const response = await client.fetch(path, {
    method: request.method,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(request.body),
    signal: request.signal,
  });
  if (!response.ok) throw await kubeErrorFrom(response, `${kind.plural}/${subresource} ${key.name}`);
  await response.body?.cancel();
}

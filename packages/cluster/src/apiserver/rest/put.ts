import type { KubeObject } from '@weir/api/meta';
import { invalid } from '@weir/api/meta';
import { invalidObject, warningOnRefusal } from '../api-error.ts';
import type { ServerContext } from '../context.ts';
import { collectionOf, storeKey, type Target } from '../registry/served-kind.ts';
import type { ApiRequest } from '../request.ts';
import type { ResourceRoute } from '../route.ts';
import { createObject, type Written } from './create.ts';
import { decodeBody, duplicatesIn } from './decode.ts';
import { checkFields, placeAt, toKubeObject } from './input.ts';
import { type Computed, updateObject } from './update.ts';
import { parseWriteOptions } from './write-options.ts';

/** Kinds that PUT may create, as in Kubernetes. */
const createdByPut = ['coordination.k8s.io/leases', '/events', 'rbac.authorization.k8s.io/'];

/** PUT of an object or of its status. */
export async function put(
  context: ServerContext,
  target: Target,
  route: ResourceRoute,
  request: ApiRequest,
): Promise<Written & { readonly isNew: boolean }> {
  const options = parseWriteOptions(request);
  const { namespace, name, subresource } = route;
  const input = placeAt(toKubeObject(target, decodeBody(request)), namespace, name);
  const { object, warnings } = checkFields(target, input, options, duplicatesIn(request));
  const collection = collectionOf(target.served);
  const mayCreate = subresource === '' && createdByPut.some((prefix) => collection.startsWith(prefix));
  if (mayCreate && context.store.peek(collection, storeKey(namespace, name)) === undefined) {
    const created = await warningOnRefusal(warnings, () => createObject(context, target, object, options));
    return { ...created, warnings: [...warnings, ...created.warnings], isNew: true };
  }
  requireRevision(target, object, name);
  const compute = (live: KubeObject): Computed => ({
    object: withLiveFields(object, live),
    isReplacement: true,
  });
  const update = { namespace, name, subresource, options, compute };
  const updated = await warningOnRefusal(warnings, () => updateObject(context, target, update));
  return { ...updated, warnings: [...warnings, ...updated.warnings], isNew: false };
}

/** Custom kinds must not be overwritten blindly; built-in ones may, as in Kubernetes. */
function requireRevision(target: Target, object: KubeObject, name: string): void {
  if (!target.served.isCustom || object.metadata.resourceVersion) return;
  throw invalidObject(target.kind, name, [
    invalid('metadata.resourceVersion', 0, 'must be specified for an update'),
  ]);
}

/** What a client leaves out but may not remove. */
function withLiveFields(object: KubeObject, live: KubeObject): KubeObject {
  const { managedFields } = live.metadata;
  return {
    ...object,
    metadata: { ...(managedFields === undefined ? {} : { managedFields }), ...object.metadata },
  };
}

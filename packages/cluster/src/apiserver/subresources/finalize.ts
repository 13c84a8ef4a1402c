import type { KubeObject } from '@weir/api/meta';
import type { Namespace } from '@weir/api/workloads';
import type { ServerContext } from '../context.ts';
import type { Target } from '../registry/served-kind.ts';
import type { ApiRequest } from '../request.ts';
import { decodeBody } from '../rest/decode.ts';
import { checkFields, placeAt, toKubeObject } from '../rest/input.ts';
import { updateObject } from '../rest/update.ts';
import { parseWriteOptions } from '../rest/write-options.ts';
import type { ResourceRoute } from '../route.ts';

/** PUT of `namespaces/NAME/finalize`: the only way to change spec.finalizers; without any, a deleted namespace goes. */
export async function finalizeNamespace(
  context: ServerContext,
  target: Target,
  route: ResourceRoute,
  request: ApiRequest,
): Promise<KubeObject> {
  const options = parseWriteOptions(request);
  const body = placeAt(toKubeObject(target, decodeBody(request)), '', route.name);
  const { object } = checkFields(target, body, options);
  const { spec } = object as Namespace;
  const updated = await updateObject(context, target, {
    namespace: '',
    name: route.name,
    subresource: 'finalize',
    options,
    compute: (live) => {
      const { resourceVersion } = object.metadata;
      const metadata = { ...live.metadata, ...(resourceVersion ? { resourceVersion } : {}) };
      return { object: { ...live, metadata, spec: { finalizers: spec?.finalizers ?? [] } } as Namespace };
    },
  });
  return updated.object;
}

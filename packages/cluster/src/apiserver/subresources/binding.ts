import type { KubeObject, KubeStatus } from '@weir/api/meta';
import type { Pod } from '@weir/api/workloads';
import { badRequest, conflict } from '../api-error.ts';
import type { ServerContext } from '../context.ts';
import type { Target } from '../registry/served-kind.ts';
import type { ApiRequest } from '../request.ts';
import { decodeBody } from '../rest/decode.ts';
import { timestamp } from '../rest/metadata.ts';
import { updateObject } from '../rest/update.ts';
import { parseWriteOptions } from '../rest/write-options.ts';
import type { ResourceRoute } from '../route.ts';

interface Binding extends KubeObject {
  readonly target?: { readonly kind?: string; readonly name?: string };
}

/** POST of a Binding: puts a pod on a node, once. */
export async function bindPod(
  context: ServerContext,
  target: Target,
  route: ResourceRoute,
  request: ApiRequest,
): Promise<KubeStatus> {
  const binding = decodeBody(request) as Binding;
  const nodeName = binding.target?.name ?? '';
  if ((binding.target?.kind ?? 'Node') !== 'Node' || nodeName === '') {
    throw badRequest('target: a Binding must name a Node');
  }
  await updateObject(context, target, {
    namespace: route.namespace,
    name: route.name,
    subresource: 'binding',
    options: parseWriteOptions(request),
    own: {
      kind: { group: '', version: 'v1', kind: 'Binding' },
      operation: 'CREATE',
      of: () => ({
        ...binding,
        metadata: { ...binding.metadata, name: route.name, namespace: route.namespace },
      }),
      // The node was chosen by whoever binds; webhooks may only refuse it.
      changed: (pod) => pod,
    },
    compute: (live) => ({ object: bound(live as Pod, nodeName, context.now()), hasManagedFields: true }),
  });
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
}

const bindings = { group: '', plural: 'pods/binding' };

function bound(pod: Pod, nodeName: string, now: Date): Pod {
  const name = pod.metadata.name ?? '';
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw conflict(bindings, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (pod.spec?.nodeName) {
    throw conflict(bindings, name, `pod ${name} is already assigned to node "${pod.spec.nodeName}"`);
  }
  const others = (pod.status?.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled');
  const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: timestamp(now) };
  return {
    ...pod,
    spec: { ...pod.spec, containers: pod.spec?.containers ?? [], nodeName },
    status: { ...pod.status, conditions: [...others, scheduled] },
  };
}

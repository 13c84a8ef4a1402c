import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '@weir/api/meta';
import { resources } from '@weir/api/meta';
import type { CustomResourceDefinition } from '@weir/api/workloads';
import { Client, type Fetch, isKubeError } from '@weir/kube';
import type { ServerContext } from '../context.ts';
import { withDefaults } from '../rest/rules.ts';
import { clusterRoleBindings, clusterRoles } from './roles.ts';

const namespaces: readonly string[] = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Brings the objects that every cluster has, and the given CRDs, into the store; changes nothing that is right. */
export async function bootstrap(
  context: ServerContext,
  fetch: Fetch,
  crds: readonly KubeObject[],
): Promise<void> {
  const client = new Client({ fetch, fieldManager: 'apiserver' });
  await Promise.all([
    ...namespaces.map((name) =>
      ensure(() =>
        client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
      ),
    ),
    ...clusterRoles.map((role) => ensure(() => client.create(resources.clusterRoles, role))),
    ...clusterRoleBindings.map((binding) =>
      ensure(() => client.create(resources.clusterRoleBindings, binding)),
    ),
    ...crds.map((crd) => ensureDefinition(context, client, crd)),
  ]);
}

async function ensure(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!isKubeError(error, 'AlreadyExists')) throw error;
  }
}

/** Replaces the spec of a stored definition that differs, so that an update of the program brings its own kinds. */
async function ensureDefinition(context: ServerContext, client: Client, crd: KubeObject): Promise<void> {
  const kind = resources.customResourceDefinitions;
  const name = crd.metadata.name ?? '';
  const stored = context.store.peek('apiextensions.k8s.io/customresourcedefinitions', name);
  if (stored === undefined) {
    await client.create(kind, crd as Parameters<typeof client.create<typeof kind.shape & KubeObject>>[1]);
    return;
  }
  const target = context.registry.findAny(kind.group, kind.plural);
  // The stored definition has its defaults, so compare with what the given one would become.
  const given = withConversionOf(stored, crd);
  const wanted = specOf(target === undefined ? given : withDefaults(context, target, given));
  if (isDeepStrictEqual(wanted, specOf(stored))) return;
  await client.patch(kind, { namespace: '', name }, [{ op: 'replace', path: '/spec', value: wanted }], {
    type: 'json',
  });
}

/** Whoever converts objects over the network installs that itself, and it survives an update of the program. */
function withConversionOf(stored: KubeObject, crd: KubeObject): KubeObject {
  const { conversion } = specOf(stored) as CustomResourceDefinition['spec'];
  const spec = specOf(crd) as CustomResourceDefinition['spec'];
  if (conversion === undefined || spec.conversion !== undefined) return crd;
  return { ...crd, spec: { ...spec, conversion } } as KubeObject;
}

function specOf(object: KubeObject): unknown {
  return (object as KubeObject & { spec?: unknown }).spec;
}

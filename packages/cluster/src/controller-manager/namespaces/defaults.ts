import { apiVersionOf, type KubeObject, type ObjectKey, type ResourceKind, resources } from '@weir/api/meta';
import type { ConfigMap, ServiceAccount } from '@weir/api/workloads';
import { Controller, Informer, isKubeError } from '@weir/kube';
import type { ControllerContext } from '../context.ts';

const rootCaName = 'kube-root-ca.crt';
const rootCaKey = 'ca.crt';

/** Gives every namespace its ServiceAccount `default` and, when the CA is known, the ConfigMap `kube-root-ca.crt`. */
export function createNamespaceDefaults(context: ControllerContext, caPem: string | undefined): Controller {
  const { client, log } = context;
  const serviceAccounts = new Informer<ServiceAccount>({
    client,
    log,
    kind: resources.serviceAccounts,
    fieldSelector: 'metadata.name=default',
  });
  const configMaps = new Informer<ConfigMap>({
    client,
    log,
    kind: resources.configMaps,
    fieldSelector: `metadata.name=${rootCaName}`,
  });
  const controller = new Controller({
    name: 'namespace-defaults',
    log,
    workers: 2,
    reconcile: async ({ name: namespace }, { signal }) => {
      const found = context.informers.namespaces.get({ namespace: '', name: namespace });
      if (found === undefined || found.metadata.deletionTimestamp !== undefined) return undefined;
      const account = { namespace, name: 'default' };
      if (serviceAccounts.get(account) === undefined) {
        await createObject(context, resources.serviceAccounts, account, {}, signal);
      }
      if (caPem !== undefined) await ensureRootCa(context, configMaps, namespace, caPem, signal);
      return undefined;
    },
  });
  const namespaceOf = ({ object }: { object: KubeObject }): ObjectKey[] => [
    { namespace: '', name: object.metadata.namespace ?? '' },
  ];
  controller.for(context.informers.namespaces).watches(serviceAccounts, namespaceOf);
  return caPem === undefined ? controller : controller.watches(configMaps, namespaceOf);
}

async function ensureRootCa(
  context: ControllerContext,
  configMaps: Informer<ConfigMap>,
  namespace: string,
  caPem: string,
  signal: AbortSignal,
): Promise<void> {
  const key = { namespace, name: rootCaName };
  const existing = configMaps.get(key);
  const data = { [rootCaKey]: caPem };
  if (existing === undefined) await createObject(context, resources.configMaps, key, { data }, signal);
  else if (existing.data?.[rootCaKey] !== caPem) {
    await context.client.patch(resources.configMaps, key, { data }, { signal });
  }
}

async function createObject<T extends KubeObject>(
  { client }: ControllerContext,
  kind: ResourceKind<T>,
  key: ObjectKey,
  fields: object,
  signal: AbortSignal,
): Promise<void> {
  const object = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { ...key }, ...fields };
  try {
    await client.create<KubeObject>(kind, object, { signal });
  } catch (error) {
    // Made by somebody else meanwhile, or the namespace is on its way out.
    if (!isKubeError(error, 'AlreadyExists', 'Forbidden', 'NotFound')) throw error;
  }
}

import { keyOf, matchesLabels, type ObjectKey, resources } from '@weir/api/meta';
import type { EndpointSlice, Pod } from '@weir/api/workloads';
import { canonicalJson } from '@weir/core/hash';
import { type Client, Controller, isKubeError, type ObjectChange } from '@weir/kube';
import type { ControllerContext } from '../context.ts';
import { buildEndpointSlices, managedByLabel, managerName, serviceNameLabel } from './build.ts';

const byService = 'service';

/** Keeps the EndpointSlices of every Service that has a selector. */
export function createEndpointSliceController(context: ControllerContext): Controller {
  const { services, pods, endpointSlices } = context.informers;
  endpointSlices.addIndex(byService, (slice) => (isOurs(slice) ? [indexValue(serviceOf(slice))] : []));
  const controller = new Controller({
    name: 'endpointslice',
    log: context.log,
    workers: 2,
    reconcile: (key, { signal }) => reconcile(context, key, signal),
  });
  return controller
    .for(services)
    .watches(pods, (change) => affectedServices(context, change))
    .watches(endpointSlices, ({ object }) => (isOurs(object) ? [serviceOf(object)] : []));
}

async function reconcile(
  context: ControllerContext,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<undefined> {
  const { services, pods, endpointSlices } = context.informers;
  const existing = endpointSlices.byIndex(byService, indexValue(key));
  const service = services.get(key);
  const selector = service?.spec?.selector ?? {};
  // Without a selector the slices are the user's own; of a deleted Service, the garbage collector's.
  if (service === undefined || service.metadata.deletionTimestamp !== undefined) return;
  if (Object.keys(selector).length === 0 || service.spec?.type === 'ExternalName') return;

  const selected = pods.list(key.namespace).filter((pod) => matchesLabels(selector, pod.metadata.labels));
  const wanted = buildEndpointSlices(service, selected);
  const current = new Map(existing.map((slice) => [slice.metadata.name, slice]));
  for (const slice of wanted) {
    await writeSlice(context, slice, current.get(slice.metadata.name), signal);
    current.delete(slice.metadata.name);
  }
  for (const slice of current.values())
    await context.client.delete(resources.endpointSlices, keyOf(slice), { signal });
}

async function writeSlice(
  { client }: ControllerContext,
  wanted: EndpointSlice,
  cached: EndpointSlice | undefined,
  signal: AbortSignal,
): Promise<void> {
  const current = cached ?? (await createSlice(client, wanted, signal));
  if (contents(current) === contents(wanted)) return;
  const { resourceVersion } = current.metadata;
  const metadata = { ...wanted.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  await client.update(resources.endpointSlices, { ...wanted, metadata }, { signal });
}

/** The new slice, or the one of its name that the cache does not show yet. */
async function createSlice(
  client: Client,
  wanted: EndpointSlice,
  signal: AbortSignal,
): Promise<EndpointSlice> {
  try {
    return await client.create(resources.endpointSlices, wanted, { signal });
  } catch (error) {
    if (!isKubeError(error, 'AlreadyExists')) throw error;
    return client.get(resources.endpointSlices, keyOf(wanted), { signal });
  }
}

function contents({ metadata, addressType, endpoints, ports }: EndpointSlice): string {
  const { labels, ownerReferences } = metadata;
  return canonicalJson({
    labels,
    ownerReferences,
    addressType,
    endpoints: endpoints ?? [],
    ports: ports ?? [],
  });
}

function affectedServices(context: ControllerContext, { object, previous }: ObjectChange<Pod>): ObjectKey[] {
  return context.informers.services.list(object.metadata.namespace ?? '').flatMap((service) => {
    const selector = service.spec?.selector ?? {};
    if (Object.keys(selector).length === 0) return [];
    const isAffected = [object, previous].some(
      (pod) => pod !== undefined && matchesLabels(selector, pod.metadata.labels),
    );
    return isAffected ? [keyOf(service)] : [];
  });
}

function isOurs(slice: EndpointSlice): boolean {
  return slice.metadata.labels?.[managedByLabel] === managerName;
}

function serviceOf(slice: EndpointSlice): ObjectKey {
  return {
    namespace: slice.metadata.namespace ?? '',
    name: slice.metadata.labels?.[serviceNameLabel] ?? '',
  };
}

function indexValue({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeObject, keyOf, type ResourceKind } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import { type Client, isKubeError } from '@weir/kube';
import type { Operation } from './chaos-operations.ts';

const apiVersion = 'serving.kserve.io/v1alpha2';
const patienceMs = 120_000;

/** What became of an operation: servers refuse some, whoever asks and however often. */
export type Outcome = 'done' | 'absent' | 'refused';

/** Carries an operation out in a namespace, however often the API server has to be asked. */
export async function play(client: Client, namespace: string, operation: Operation): Promise<Outcome> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await attempt(client, namespace, operation);
    } catch (error) {
      if (isKubeError(error, 'Invalid', 'BadRequest')) return 'refused';
      if (performance.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

async function attempt(client: Client, namespace: string, operation: Operation): Promise<Outcome> {
  const { services, configs } = servingResources;
  const key = { namespace, name: operation.name };
  const metadata = { ...key };
  switch (operation.type) {
    case 'create':
      return create(
        client,
        services as ResourceKind,
        {
          apiVersion,
          kind: services.kind,
          metadata: { ...metadata, annotations: { ...operation.annotations } },
          spec: operation.spec,
        } as KubeObject,
      );
    case 'config':
      await client.apply<KubeObject>(
        configs as ResourceKind,
        {
          apiVersion,
          kind: configs.kind,
          metadata,
          spec: operation.spec,
        } as KubeObject,
      );
      return 'done';
    case 'delete':
      await client.delete(services, key);
      return 'done';
    case 'patch':
      try {
        await client.patch(services, key, operation.patch);
        return 'done';
      } catch (error) {
        if (isKubeError(error, 'NotFound')) return 'absent';
        throw error;
      }
  }
}

/** One of the same name that is going has to be gone first; one that stays is ours, of an answer that was lost. */
async function create(client: Client, kind: ResourceKind, object: KubeObject): Promise<Outcome> {
  try {
    await client.create(kind, object);
  } catch (error) {
    if (!isKubeError(error, 'AlreadyExists')) throw error;
    const existing = await client.find(kind, keyOf(object));
    if (existing === undefined || existing.metadata.deletionTimestamp !== undefined) throw error;
  }
  return 'done';
}

import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeObject, keyOf, type ResourceKind } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import { type Client, isKubeError } from '@weir/kube';
import { drift } from './chaos-drift.ts';
import type { Operation, Version } from './chaos-operations.ts';

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
  const key = { namespace, name: operation.name };
  switch (operation.type) {
    case 'create': {
      const { annotations, spec, version } = operation;
      const object = { ...identityOf('services', version), metadata: { ...key, annotations }, spec };
      return create(client, kindOf('services', version), object as KubeObject);
    }
    case 'config': {
      const { spec, version } = operation;
      const object = { ...identityOf('configs', version), metadata: key, spec };
      await client.apply<KubeObject>(kindOf('configs', version), object as KubeObject);
      return 'done';
    }
    case 'delete':
      await client.delete(servingResources.services, key);
      return 'done';
    case 'patch':
      try {
        await client.patch(kindOf('services', operation.version), key, operation.patch);
        return 'done';
      } catch (error) {
        if (isKubeError(error, 'NotFound')) return 'absent';
        throw error;
      }
    case 'drift':
      await drift(client, key, operation);
      return 'done';
  }
}

function kindOf(kind: 'services' | 'configs', version: Version): ResourceKind {
  return { ...(servingResources[kind] as ResourceKind), version };
}

function identityOf(kind: 'services' | 'configs', version: Version): { apiVersion: string; kind: string } {
  return { apiVersion: `serving.kserve.io/${version}`, kind: servingResources[kind].kind };
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

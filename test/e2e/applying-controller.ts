import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeObject, keyOf, type ResourceKind } from '@weir/api/meta';
import { servingConverters, servingResources } from '@weir/api/serving';
import { createApiServer } from '@weir/cluster/apiserver';
import { createLogger, silentLogger } from '@weir/core/log';
import { Client, type Fetch } from '@weir/kube';
import { createServingAdmission, startLlmisvc } from '@weir/llmisvc';
import { eventually } from '@weir/testing';
import { parse } from 'yaml';
import { assume, createSamples, ensureNamespace, kindOf } from './create-samples.ts';
import { foreignKinds } from './foreign-kinds.ts';
import { definitions, root } from './llmisvc-target.ts';
import type { Sample } from './sample-manifests.ts';

/** Longer than the back-off after a first failure. */
const quietMs = 1500;

/** An API server that serves every kind that samples need, with the controller at work, whose writes are kept. */
export interface ApplyingController {
  /** What was last applied of each object that was not deleted since. */
  applied(): readonly KubeObject[];
  /** Creates what samples say, namespaces included; gives the reasons by names of samples that are refused. */
  create(samples: readonly Sample[]): Promise<ReadonlyMap<string, string>>;
  /** Creates plain objects, named as `Gateway infra/edge`. */
  assume(names: readonly string[]): Promise<void>;
  /** Waits until the controller has applied nothing for a while. */
  quiet(): Promise<void>;
  /** Deletes objects of the system namespace. */
  remove(documents: readonly KubeObject[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startApplyingController(): Promise<ApplyingController> {
  const server = await createApiServer({
    dataDir: null,
    log: silentLogger,
    crds: [...definitions(/./), ...foreignKinds],
    servesIdleKinds: true,
    admission: createServingAdmission({ systemNamespace: 'kserve' }),
    converters: servingConverters,
  });
  const client = new Client({ fetch: server.fetch, fieldManager: 'test' });
  await ensureNamespace(client, 'kserve');
  for (const preset of presets()) await client.create(servingResources.configs as ResourceKind, preset);
  const writes: Write[] = [];
  const stop = new AbortController();
  const controller = await startLlmisvc({
    client: new Client({ fetch: recording(server.fetch, writes), fieldManager: 'llmisvc-controller' }),
    log: createLogger({ name: 'llmisvc', level: 'error' }),
    signal: stop.signal,
    systemNamespace: 'kserve',
  });
  return {
    applied: () => [...appliedObjects(writes).values()],
    create: (samples) => createSamples(client, samples),
    assume: (names) => assume(client, names),
    async quiet() {
      await eventually('the last write of each pass', async () => {
        const { items } = await client.list(servingResources.services);
        return items.every(({ metadata, status }) => status?.observedGeneration === metadata.generation);
      });
      for (let seen = -1; seen !== writes.length; ) {
        seen = writes.length;
        await sleep(quietMs);
      }
    },
    async remove(documents) {
      const shared = documents.filter(({ metadata }) => metadata.namespace === 'kserve');
      for (const document of shared) await client.delete(kindOf(document) as ResourceKind, keyOf(document));
    },
    async stop() {
      stop.abort();
      await controller.stopped();
      await server.stop();
    },
  };
}

function presets(): KubeObject[] {
  const folder = path.join(root, 'config/llmisvcconfig');
  return readdirSync(folder).map((file) => {
    const preset = parse(readFileSync(path.join(folder, file), 'utf8')) as KubeObject;
    return { ...preset, metadata: { ...preset.metadata, namespace: 'kserve' } };
  });
}

interface Write {
  readonly type: 'apply' | 'delete' | 'other';
  readonly path: string;
  readonly body: string;
}

function recording(fetch: Fetch, writes: Write[]): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    const { method = 'GET', headers, body } = init ?? {};
    if (method === 'GET' || !response.ok) return response;
    const isApply = headers?.['content-type'] === 'application/apply-patch+yaml';
    const type = isApply ? 'apply' : method === 'DELETE' ? 'delete' : 'other';
    writes.push({ type, path: url.split('?')[0] ?? '', body: String(body ?? '') });
    return response;
  };
}

function appliedObjects(writes: readonly Write[]): Map<string, KubeObject> {
  const applied = new Map<string, KubeObject>();
  for (const { type, path: where, body } of writes) {
    if (type === 'apply') applied.set(where, JSON.parse(body) as KubeObject);
    if (type === 'delete') applied.delete(where);
  }
  return applied;
}

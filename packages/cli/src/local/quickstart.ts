import {
  type Condition,
  type KubeObject,
  keyOf,
  type ObjectKey,
  type ResourceKind,
  resources,
} from '@weir/api/meta';
import type { Pod } from '@weir/api/workloads';
import { type Client, delay, type Fetch, resourcePath } from '@weir/kube';
import { streamChat } from './chat-stream.ts';
import type { Progress } from './progress.ts';
import { loadSample } from './shipped.ts';

export interface QuickstartResult {
  readonly url: string;
  readonly model: string;
}

interface Service extends KubeObject {
  spec: { model: { uri: string; name?: string } };
  status?: { url?: string; conditions?: Condition[] };
}

const pods: ResourceKind<Pod> = resources.pods;
const services = resources.llmInferenceServices as ResourceKind<Service>;

/** Applies the quickstart service, shows how it becomes ready, and asks it one question. */
export async function runQuickstart(
  connection: { readonly client: Client; readonly fetch: Fetch },
  root: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<QuickstartResult | null> {
  const [manifest] = loadSample(root, 'quickstart.yaml') as [Service];
  const key = keyOf(manifest);
  const version = manifest.apiVersion.slice(manifest.apiVersion.indexOf('/') + 1);
  progress.start('service');
  await connection.client.apply<Service>({ ...services, version }, manifest, {
    fieldManager: 'weir-quickstart',
  });
  progress.done(`${key.namespace}/${key.name} from ${manifest.spec.model.uri}`);
  progress.start('model');
  const service = await untilReady(connection, key, progress, signal);
  if (service === null) return null;
  progress.done('ready');
  const model = service.spec.model.name ?? key.name;
  const url = service.status?.url ?? '';
  progress.start('first answer');
  progress.done(await firstAnswer(url, model, signal));
  return { url, model };
}

/** Watches service and pods until the service is Ready; null when it cannot become ready, or the user stopped waiting. */
async function untilReady(
  connection: { readonly client: Client; readonly fetch: Fetch },
  key: ObjectKey,
  progress: Progress,
  signal: AbortSignal,
): Promise<Service | null> {
  const watching = new AbortController();
  const ended = AbortSignal.any([signal, watching.signal]);
  const follower = followDownload(connection, key, progress, ended);
  try {
    const list = await connection.client.list(services, {
      namespace: key.namespace,
      fieldSelector: `metadata.name=${key.name}`,
    });
    let service = list.items[0];
    let resourceVersion = list.metadata.resourceVersion ?? '0';
    while (!signal.aborted) {
      if (service !== undefined && isReady(service)) return service;
      const options = {
        namespace: key.namespace,
        fieldSelector: `metadata.name=${key.name}`,
        resourceVersion,
        signal: ended,
      };
      for await (const event of connection.client.watch(services, options)) {
        resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
        if (event.type === 'BOOKMARK') continue;
        service = event.object;
        if (isReady(service)) return service;
        const problem = problemOf(service);
        if (problem !== null) progress.update(problem);
        if (problem !== null && (await hasGivenUp(connection.client, key))) {
          progress.fail(problem);
          return null;
        }
      }
    }
    return null;
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  } finally {
    watching.abort();
    await follower;
  }
}

function isReady(service: Service): boolean {
  const ready = service.status?.conditions?.find((condition) => condition.type === 'Ready');
  return ready?.status === 'True' && service.status?.url !== undefined;
}

/** A container that was started three times and still fails will not heal while somebody waits at a prompt. */
async function hasGivenUp(client: Client, key: ObjectKey): Promise<boolean> {
  const list = await client.list(pods, { namespace: key.namespace, labelSelector: podsOf(key) });
  return list.items.some((pod) =>
    [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].some(
      (status) => status.restartCount >= 2 && status.state?.waiting !== undefined,
    ),
  );
}

function podsOf(key: ObjectKey): string {
  return `app.kubernetes.io/name=${key.name},kserve.io/component=workload`;
}

/** Why it is not ready, when that is more than "not yet". */
function problemOf(service: Service): string | null {
  const failed = service.status?.conditions?.find(
    (condition) =>
      condition.type === 'Ready' && condition.status === 'False' && (condition.message ?? '') !== '',
  );
  return failed === undefined ? null : `${failed.reason}: ${failed.message}`;
}

/** Shows the lines of the storage initializer: they say what is fetched, how much, how fast. */
async function followDownload(
  { client, fetch }: { readonly client: Client; readonly fetch: Fetch },
  key: ObjectKey,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  try {
    const labelSelector = podsOf(key);
    const list = await client.list(pods, { namespace: key.namespace, labelSelector, signal });
    const resourceVersion = list.metadata.resourceVersion ?? '0';
    let pod = list.items.find(isInitializing);
    if (pod === undefined) {
      for await (const event of client.watch(pods, {
        namespace: key.namespace,
        labelSelector,
        resourceVersion,
        signal,
      })) {
        if (event.type !== 'BOOKMARK' && isInitializing(event.object)) {
          pod = event.object;
          break;
        }
      }
    }
    if (pod === undefined) return;
    const path = resourcePath(
      pods,
      { namespace: key.namespace, name: pod.metadata.name ?? '', subresource: 'log' },
      {
        container: 'storage-initializer',
        follow: true,
      },
    );
    const response = await fetch(path, { signal });
    const decoder = new TextDecoder();
    for await (const chunk of (response.ok ? (response.body ?? []) : []) as AsyncIterable<Uint8Array>) {
      const line = decoder.decode(chunk, { stream: true }).trimEnd().split('\n').at(-1);
      if (line !== undefined && line !== '') progress.update(line.slice(0, 100));
    }
    progress.update('loading the model');
  } catch {
    // Only what is shown depends on it; the wait itself goes on.
  }
}

function isInitializing(pod: Pod): boolean {
  return (
    pod.status?.initContainerStatuses?.some(
      (status) =>
        status.name === 'storage-initializer' &&
        (status.state?.running ?? status.state?.terminated) !== undefined,
    ) ?? false
  );
}

/** Endpoints of an earlier run may still be known for a moment after a restart: a refusal is tried again for a while. */
const firstAnswerTimeoutMs = 60_000;

async function firstAnswer(url: string, model: string, signal: AbortSignal): Promise<string> {
  const messages = [{ role: 'user' as const, content: 'Say hello.' }];
  const deadlineMs = performance.now() + firstAnswerTimeoutMs;
  for (;;) {
    const startedAtMs = performance.now();
    let firstTokenMs = 0;
    let text = '';
    try {
      for await (const part of streamChat(url, { model, messages, maxTokens: 16, signal })) {
        if (text === '') firstTokenMs = performance.now() - startedAtMs;
        text += part;
      }
      return `"${text.trim().replaceAll('\n', ' ')}" (first token after ${Math.round(firstTokenMs)} ms)`;
    } catch (error) {
      if (signal.aborted || performance.now() > deadlineMs) throw error;
      await delay(200, signal);
    }
  }
}

import { resources } from '@weir/api/meta';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { type Client, delay, isKubeError } from '@weir/kube';

const retryMs = 100;
const patienceMs = 30_000;

/**
 * Waits until the API server asks our webhook about a service that it has to refuse. Gives up after a while with a
 * warning: reconciling does not depend on it, and behind a Service this process has to be ready first.
 */
export async function untilWebhooksWork(options: {
  readonly client: Client;
  readonly namespace: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { client, namespace, log, signal } = options;
  const deadlineMs = performance.now() + patienceMs;
  let last = 'an invalid service is accepted';
  while (!signal.aborted && performance.now() < deadlineMs) {
    try {
      await client.create(resources.llmInferenceServices, invalidService(namespace), {
        dryRun: true,
        signal,
      });
    } catch (error) {
      last = toError(error).message;
      if (isKubeError(error, 'Invalid') && last.includes('denied the request')) return;
    }
    await delay(retryMs, signal);
  }
  if (!signal.aborted) log.warn('webhooks are installed but not called', { error: last });
}

/** Both a route of ours and routes of others. */
function invalidService(namespace: string): {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string };
  spec: object;
} {
  const spec = { rules: [{ backendRefs: [{ name: 'backend', port: 80 }] }] };
  return {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { name: 'weir-webhook-probe', namespace },
    spec: {
      model: { uri: 'hf://example/model' },
      router: { route: { http: { refs: [{ name: 'route' }], spec } } },
    },
  };
}

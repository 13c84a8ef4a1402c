import { type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { type Client, delay, isKubeError } from '@weir/kube';

const retryMs = 100;
const patienceMs = 30_000;

interface Probe {
  readonly client: Client;
  readonly namespace: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Waits until the API server asks our webhooks about a service that they have to refuse, and converts a service of the
 * older version by them: an API server takes up both a moment after they are written, each for itself, and a service
 * that comes in between loses what one version calls differently. Gives up after a while with a warning: reconciling
 * does not depend on it, and behind a Service this process has to be ready first.
 */
export async function untilWebhooksWork(probe: Probe): Promise<void> {
  const deadlineMs = performance.now() + patienceMs;
  for (const problemWith of [validationProblem, conversionProblem]) {
    let problem = await problemWith(probe);
    while (problem !== null && !probe.signal.aborted && performance.now() < deadlineMs) {
      await delay(retryMs, probe.signal);
      problem = await problemWith(probe);
    }
    if (problem !== null && !probe.signal.aborted)
      probe.log.warn('webhooks are installed but not called', { error: problem });
  }
}

const services = resources.llmInferenceServices;
const olderServices: ResourceKind = { ...services, version: 'v1alpha1' };

/** Both a route of ours and routes of others. */
const invalidRouter = {
  route: {
    http: {
      refs: [{ name: 'route' }],
      spec: { rules: [{ backendRefs: [{ name: 'backend', port: 80 }] }] },
    },
  },
};

async function validationProblem({ client, namespace, signal }: Probe): Promise<string | null> {
  try {
    await client.create(services, serviceOf('v1alpha2', namespace, invalidRouter), { dryRun: true, signal });
    return 'an invalid service is accepted';
  } catch (error) {
    const { message } = toError(error);
    return isKubeError(error, 'Invalid') && message.includes('denied the request') ? null : message;
  }
}

/** A pool as v1alpha1 has it: v1alpha2 knows none of these names, and without a conversion all would be dropped. */
const olderPool = { targetPortNumber: 8000, selector: { app: 'probe' }, extensionRef: { name: 'probe' } };

async function conversionProblem({ client, namespace, signal }: Probe): Promise<string | null> {
  const router = { scheduler: { pool: { spec: olderPool } } };
  const service = serviceOf('v1alpha1', namespace, router);
  try {
    // Answered as it would be read again: converted to the version that is stored, and back.
    const answer = await client.create(olderServices, service, { dryRun: true, signal });
    const pool = (answer as ServiceProbe).spec.router.scheduler?.pool?.spec;
    return pool?.targetPortNumber === olderPool.targetPortNumber
      ? null
      : 'a service of v1alpha1 loses fields when it is stored';
  } catch (error) {
    return toError(error).message;
  }
}

interface ServiceProbe extends KubeObject {
  readonly spec: {
    readonly model: { readonly uri: string };
    readonly router: {
      readonly route?: object;
      readonly scheduler?: { readonly pool?: { readonly spec?: { readonly targetPortNumber?: number } } };
    };
  };
}

function serviceOf(version: string, namespace: string, router: ServiceProbe['spec']['router']): ServiceProbe {
  return {
    apiVersion: `serving.kserve.io/${version}`,
    kind: 'LLMInferenceService',
    metadata: { name: 'weir-webhook-probe', namespace },
    spec: { model: { uri: 'hf://example/model' }, router },
  };
}

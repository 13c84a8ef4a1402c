import { apiVersionOf, type KubeObject, type ResourceKind } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { type Client, delay, isKubeError } from '@weir/kube';

const retryMs = 100;
const patienceMs = 30_000;

interface Probe {
  readonly client: Client;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

const { services, configs } = servingResources;

/**
 * Waits until the API server asks our webhooks about a service that they have to refuse, and converts a service of the
 * older version by them: an API server takes up both a moment after they are written, each for itself, and a service
 * that comes in between loses what one version calls differently. Gives up after a while with a warning: reconciling
 * does not depend on it, and behind a Service this process has to be ready first.
 */
export async function untilWebhooksWork(probe: Probe & { readonly log: Logger }): Promise<void> {
  const { log, signal } = probe;
  const deadlineMs = performance.now() + patienceMs;
  const problems = [
    () => validationProblem(probe),
    () => conversionProblem(services, probe),
    () => conversionProblem(configs, probe),
  ];
  for (const problemNow of problems) {
    let problem = await problemNow();
    while (problem !== null && !signal.aborted && performance.now() < deadlineMs) {
      await delay(retryMs, signal);
      problem = await problemNow();
    }
    if (problem !== null && !signal.aborted)
      log.warn('webhooks are installed but not called', { error: problem });
  }
}

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
    await client.create(services as ResourceKind, objectOf(services, namespace, invalidRouter), {
      dryRun: true,
      signal,
    });
    return 'an invalid service is accepted';
  } catch (error) {
    const { message } = toError(error);
    return isKubeError(error, 'Invalid') && message.includes('denied the request') ? null : message;
  }
}

/** A pool as v1alpha1 has it: v1alpha2 knows none of these names, and without a conversion all would be dropped. */
const olderPool = { targetPortNumber: 8000, selector: { app: 'probe' }, extensionRef: { name: 'probe' } };

/** Why an object of v1alpha1 would not keep its fields when it is stored; null when the server converts it by us. */
export async function conversionProblem(
  kind: ResourceKind,
  { client, namespace, signal }: Probe,
): Promise<string | null> {
  const older: ResourceKind = { ...kind, version: 'v1alpha1' };
  const object = objectOf(older, namespace, { scheduler: { pool: { spec: olderPool } } });
  try {
    // Answered as it would be read again: converted to the version that is stored, and back.
    const answer = await client.create(older, object, { dryRun: true, signal });
    const pool = (answer as ObjectProbe).spec.router.scheduler?.pool?.spec;
    return pool?.targetPortNumber === olderPool.targetPortNumber
      ? null
      : `${kind.plural} of v1alpha1 lose fields when they are stored`;
  } catch (error) {
    return toError(error).message;
  }
}

interface ObjectProbe extends KubeObject {
  readonly spec: {
    readonly model: { readonly uri: string };
    readonly router: {
      readonly route?: object;
      readonly scheduler?: { readonly pool?: { readonly spec?: { readonly targetPortNumber?: number } } };
    };
  };
}

function objectOf(kind: ResourceKind, namespace: string, router: ObjectProbe['spec']['router']): ObjectProbe {
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name: 'weir-webhook-probe', namespace },
    spec: { model: { uri: 'hf://example/model' }, router },
  };
}

import { autoscalingResources } from '@weir/api/autoscaling';
import { keyOf } from '@weir/api/meta';
import { partOf, partOfLabel } from '@weir/api/serving';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { type Client, delay, isKubeError } from '@weir/kube';

interface LeftoverOptions {
  readonly client: Client;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const attempts = 3;
const firstRetryMs = 1000;

/**
 * Deletes what releases up to v0.20.0 told the variant autoscaler by: it would go on scaling by them beside the
 * annotations of today (control-plane 4.2). As well as it can: nothing else depends on it.
 */
export async function deleteLeftovers(options: LeftoverOptions): Promise<void> {
  const { log, signal } = options;
  for (let attempt = 1; attempt <= attempts && !signal.aborted; attempt++) {
    try {
      return await deleteVariantAutoscalings(options);
    } catch (error) {
      // Most clusters have no such kind.
      if (isKubeError(error, 'NotFound') || signal.aborted) return;
      if (attempt === attempts)
        log.warn('VariantAutoscalings of earlier releases are not deleted', {
          error: toError(error).message,
        });
      else await delay(firstRetryMs * 2 ** (attempt - 1), signal);
    }
  }
}

async function deleteVariantAutoscalings({ client, log, signal }: LeftoverOptions): Promise<void> {
  const kind = autoscalingResources.variantAutoscalings;
  const { items } = await client.list(kind, { labelSelector: `${partOfLabel}=${partOf}`, signal });
  for (const one of items) {
    const { uid } = one.metadata;
    await client.delete(kind, keyOf(one), { signal, ...(uid === undefined ? {} : { uid }) });
    log.info('deleted a VariantAutoscaling of an earlier release', { ...keyOf(one) });
  }
}

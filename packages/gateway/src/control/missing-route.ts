import type { KubeObject } from '@weir/api/meta';
import type { Informer } from '@weir/kube';
import type { ErrorReply } from '../proxy/error-reply.ts';

const stopAnnotation = 'serving.kserve.io/stop';

/** For `/<namespace>/<service>/…` without a route: says so when that LLMInferenceService is stopped or not ready yet. */
export function explainMissingService(services: Informer<KubeObject>, path: string): ErrorReply | null {
  const [, namespace = '', name = ''] = path.split('/', 3);
  const service = services.get({ namespace, name });
  if (service === undefined) return null;
  const isStopped = service.metadata.annotations?.[stopAnnotation] === 'true';
  return isStopped
    ? {
        status: 503,
        code: 'service_stopped',
        message: `LLMInferenceService ${namespace}/${name} is stopped — remove annotation ${stopAnnotation} to start it`,
      }
    : {
        status: 503,
        code: 'service_not_ready',
        message: `LLMInferenceService ${namespace}/${name} has no route yet — see the conditions in its status`,
        retryAfterSeconds: 5,
      };
}

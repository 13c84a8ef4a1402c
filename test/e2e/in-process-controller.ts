import { silentLogger } from '@weir/core/log';
import { Client, type Fetch } from '@weir/kube';
import { startLlmisvc } from '@weir/llmisvc';

/** The controller within this process, at the API server behind `fetch`. */
export async function startController(fetch: Fetch): Promise<{ stop(): Promise<void> }> {
  const stop = new AbortController();
  const controller = await startLlmisvc({
    client: new Client({ fetch, fieldManager: 'llmisvc-controller' }),
    log: silentLogger,
    signal: stop.signal,
    systemNamespace: 'kserve',
  });
  return {
    async stop() {
      stop.abort();
      await controller.stopped();
    },
  };
}

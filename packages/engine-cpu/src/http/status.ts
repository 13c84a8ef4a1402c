import { createHash } from 'node:crypto';
import type { ModelCard } from '@weir/wire/openai';
import type { Engine } from '../engine.ts';
import { type Exchange, sendJson } from './exchange.ts';

/**
 * The vLLM release whose HTTP surface this engine follows. Presets choose flags by it: from 0.18 on
 * `--shutdown-timeout`.
 */
export const vllmVersion = '0.23.0';

/** GET /health and /ping: 200 while the engine can answer. The port opens only after the model is loaded. */
export function handleHealth({ engine, response }: Exchange, isDraining: boolean): void {
  response.writeHead(engine.scheduler.failure !== null || isDraining ? 503 : 200, { 'content-length': 0 });
  response.end();
}

/** GET /version */
export function handleVersion({ response }: Exchange): void {
  sendJson(response, 200, { version: vllmVersion });
}

/** GET /load: requests being served and waiting. */
export function handleLoad({ engine, response }: Exchange): void {
  sendJson(response, 200, { server_load: engine.scheduler.runningCount + engine.scheduler.waitingCount });
}

/** GET /metrics */
export function handleMetrics({ engine, response }: Exchange): void {
  const text = engine.metrics.expose();
  response.writeHead(200, {
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** GET /v1/models: one entry per served name. */
export function handleModels({ engine, response }: Exchange): void {
  const data = engine.servedNames.map((name) => modelCard(engine, name));
  sendJson(response, 200, { object: 'list', data });
}

/** The entry of one served name. */
export function modelCard(engine: Engine, name: string): ModelCard {
  return {
    id: name,
    object: 'model',
    created: engine.startedAtSeconds,
    owned_by: 'vllm',
    root: engine.root,
    parent: null,
    max_model_len: engine.maxModelLen,
    permission: [
      {
        id: `modelperm-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`,
        object: 'model_permission',
        created: engine.startedAtSeconds,
        allow_create_engine: false,
        allow_sampling: true,
        allow_logprobs: true,
        allow_search_indices: false,
        allow_view: true,
        allow_fine_tuning: false,
        organization: '*',
        group: null,
        is_blocking: false,
      },
    ],
  };
}

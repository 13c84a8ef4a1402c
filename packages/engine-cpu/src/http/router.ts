import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Engine } from '../engine.ts';
import { handleChat } from './chat.ts';
import { handleCompletions } from './completions.ts';
import { type Exchange, type Handler, sendJson } from './exchange.ts';
import { HttpError } from './http-error.ts';
import { handleHealth, handleLoad, handleMetrics, handleModels, handleVersion, modelCard } from './status.ts';
import { handleDetokenize, handleTokenize } from './tokenize.ts';

type Methods = Readonly<Record<string, Handler>>;

/** Chooses the handler of a request. Throws `HttpError` for what nothing handles. */
export function createRouter(isDraining: () => boolean): (exchange: Exchange) => Promise<void> {
  const health: Handler = (exchange) => handleHealth(exchange, isDraining());
  const unlessDraining =
    (handler: Handler): Handler =>
    (exchange) => {
      if (isDraining()) {
        throw new HttpError(503, 'the engine is shutting down', { headers: { 'retry-after': '1' } });
      }
      return handler(exchange);
    };
  const routes: Readonly<Record<string, Methods>> = {
    '/health': { GET: health },
    '/ping': { GET: health, POST: health },
    '/version': { GET: handleVersion },
    '/load': { GET: handleLoad },
    '/metrics': { GET: handleMetrics },
    '/tokenize': { POST: handleTokenize },
    '/detokenize': { POST: handleDetokenize },
    '/v1/models': { GET: handleModels },
    '/v1/chat/completions': { POST: unlessDraining(handleChat) },
    '/v1/completions': { POST: unlessDraining(handleCompletions) },
  };
  return async (exchange) => {
    const { engine, request } = exchange;
    const path = pathOf(request, engine.options.rootPath);
    if (path.startsWith('/v1/')) checkApiKey(request, engine.options.apiKeys);
    const methods = Object.hasOwn(routes, path) ? routes[path] : modelRoute(path, engine);
    if (methods === undefined) throw new HttpError(404, `no such path: ${path.slice(0, 200)}`);
    const handler = methods[request.method === 'HEAD' ? 'GET' : (request.method ?? '')];
    if (handler === undefined) {
      const allow = Object.keys(methods).join(', ');
      throw new HttpError(405, `${request.method} is not allowed on ${path}; allowed: ${allow}`, {
        headers: { allow },
      });
    }
    await handler(exchange);
  };
}

function pathOf(request: IncomingMessage, rootPath: string): string {
  const path = (request.url ?? '').split('?')[0] ?? '';
  return rootPath !== '' && path.startsWith(`${rootPath}/`) ? path.slice(rootPath.length) : path;
}

/** GET /v1/models/{name}; names contain slashes. */
function modelRoute(path: string, engine: Engine): Methods | undefined {
  const prefix = '/v1/models/';
  if (!path.startsWith(prefix)) return undefined;
  const name = decodeName(path.slice(prefix.length));
  if (!engine.servedNames.includes(name)) {
    throw new HttpError(
      404,
      `The model \`${name}\` does not exist — served here: ${engine.servedNames.join(', ')}`,
      {
        param: 'model',
      },
    );
  }
  return { GET: ({ response }) => sendJson(response, 200, modelCard(engine, name)) };
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function checkApiKey(request: IncomingMessage, keys: readonly string[]): void {
  if (keys.length === 0) return;
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  if (!keys.some((key) => isEqual(key, given))) {
    throw new HttpError(401, 'a valid API key is required: Authorization: Bearer <key>', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
}

/** Compares digests, so that the time taken tells nothing about the key. */
function isEqual(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

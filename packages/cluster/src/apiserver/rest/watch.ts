import type { KubeObject } from '@weir/api/meta';
import { apiVersionOf } from '@weir/api/meta';
import type { StoreEvent } from '../../store/event-log.ts';
import { badRequest, expired, toApiError } from '../api-error.ts';
import type { ServerContext } from '../context.ts';
import { negotiate, type Representation } from '../negotiate.ts';
import { collectionOf, type Target } from '../registry/served-kind.ts';
import { type ApiRequest, type ApiResponse, isTrue } from '../request.ts';
import { parseCount, parseRevision } from './list.ts';
import { presentObject } from './present.ts';
import { type Selection, selectionOf } from './selection.ts';
import { WatchQueue } from './watch-queue.ts';

const bookmarkIntervalMs = 60_000;
const minLifeSeconds = 1800;

interface WatchLine {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

interface WatchOptions {
  readonly selects: Selection;
  readonly from: number;
  readonly withBookmarks: boolean;
  /** A bookmark says where the initial state ends. */
  readonly marksInitialEnd: boolean;
  readonly lifeMs: number;
  readonly representation: Representation;
  readonly includeObject: string;
}

/** Answers a watch: JSON lines until the client leaves, the time is up or the server stops. */
export function watch(
  context: ServerContext,
  target: Target,
  namespace: string,
  request: ApiRequest,
): ApiResponse {
  const options = parseOptions(target, namespace, request);
  const queue = new WatchQueue<WatchLine>(request.signal, options.lifeMs);
  const collection = collectionOf(target.served);
  const from = options.from === 0 ? context.store.revision : options.from;
  if (options.from === 0) sendState(context, target, options, queue);
  const unsubscribe = context.store.subscribe(collection, from, (event) => {
    const line = lineOf(event, options.selects);
    if (line !== null) queue.push(line);
  });
  if (unsubscribe === null) throw expired(`too old resource version: ${from} (${context.store.revision})`);
  const timer = setInterval(() => {
    if (options.withBookmarks)
      queue.push({ type: 'BOOKMARK', object: bookmark(target, context.store.revision, false) });
  }, bookmarkIntervalMs);
  timer.unref();
  queue.onEnd(() => {
    clearInterval(timer);
    unsubscribe();
  });
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: encodeLines(context, target, options, queue),
  };
}

function parseOptions(target: Target, namespace: string, request: ApiRequest): WatchOptions {
  const { query } = request;
  const from = parseRevision(query.get('resourceVersion') ?? '');
  const sendsInitial = isTrue(query, 'sendInitialEvents');
  if (sendsInitial && query.get('resourceVersionMatch') !== 'NotOlderThan') {
    throw badRequest('sendInitialEvents: Forbidden: resourceVersionMatch must be NotOlderThan');
  }
  const withBookmarks = isTrue(query, 'allowWatchBookmarks');
  const lifeSeconds = parseCount(query, 'timeoutSeconds') || Math.round(minLifeSeconds * (1 + Math.random()));
  return {
    selects: selectionOf(target.served, namespace, query),
    from: sendsInitial ? 0 : from,
    withBookmarks,
    marksInitialEnd: sendsInitial && withBookmarks,
    lifeMs: lifeSeconds * 1000,
    representation: negotiate(request.header('accept')),
    includeObject: query.get('includeObject') ?? 'Metadata',
  };
}

function sendState(
  context: ServerContext,
  target: Target,
  options: WatchOptions,
  queue: WatchQueue<WatchLine>,
): void {
  const objects = context.store.list(collectionOf(target.served)).filter(options.selects);
  const { served, version } = target;
  const isOtherVersion = version.name !== served.storageVersion;
  if (isOtherVersion && objects.length > 0) served.conversion.announce?.(objects, version.name);
  for (const object of objects) queue.push({ type: 'ADDED', object });
  if (!options.marksInitialEnd) return;
  queue.push({ type: 'BOOKMARK', object: bookmark(target, context.store.revision, true) });
}

/** A change as the selection sees it: an object that begins to match is added, one that ceases to is deleted. */
function lineOf(event: StoreEvent, selects: Selection): WatchLine | null {
  const matches = event.type !== 'DELETED' && selects(event.object);
  const matched = event.previous !== undefined && selects(event.previous);
  if (matches) return { type: matched ? 'MODIFIED' : 'ADDED', object: event.object };
  if (!matched || event.previous === undefined) return null;
  if (event.type === 'DELETED') return { type: 'DELETED', object: event.object };
  // The client knows the last state that matched; only the version moves on.
  const metadata = { ...event.previous.metadata, resourceVersion: String(event.revision) };
  return { type: 'DELETED', object: { ...event.previous, metadata } };
}

async function* encodeLines(
  context: ServerContext,
  target: Target,
  options: WatchOptions,
  queue: WatchQueue<WatchLine>,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const line of queue) {
    const presented = await present(context, target, options, line);
    yield encoder.encode(`${JSON.stringify(presented)}\n`);
    if (presented.type === 'ERROR') return;
  }
}

async function present(
  context: ServerContext,
  target: Target,
  options: WatchOptions,
  line: WatchLine,
): Promise<WatchLine> {
  if (line.type === 'BOOKMARK' || line.type === 'ERROR') return line;
  try {
    const object = await presentObject(target, line.object as KubeObject, { ...options, now: context.now() });
    return { type: line.type, object };
  } catch (error) {
    context.log.error('object of a watch not converted', { resource: target.kind.plural, error });
    return { type: 'ERROR', object: toApiError(error).toStatus() };
  }
}

function bookmark(target: Target, revision: number, endsInitial: boolean): unknown {
  return {
    kind: target.kind.kind,
    apiVersion: apiVersionOf(target.kind),
    metadata: {
      resourceVersion: String(revision),
      creationTimestamp: null,
      ...(endsInitial ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    },
  };
}

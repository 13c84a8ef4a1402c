import type { Pod } from '@weir/api/workloads';
import { badRequest, notFound, notImplemented } from '../api-error.ts';
import type { ServerContext } from '../context.ts';
import type { PodLogOptions } from '../contracts.ts';
import { storeKey, type Target } from '../registry/served-kind.ts';
import { type ApiRequest, type ApiResponse, isTrue } from '../request.ts';
import { parseCount } from '../rest/list.ts';
import type { ResourceRoute } from '../route.ts';

const firstBytesMs = 200;

/** GET of `pods/NAME/log`: text of one container, streamed as it comes. */
export async function podLog(
  context: ServerContext,
  target: Target,
  route: ResourceRoute,
  request: ApiRequest,
): Promise<ApiResponse> {
  const { namespace, name } = route;
  const pod = context.store.get('/pods', storeKey(namespace, name)) as Pod | undefined;
  if (pod === undefined) throw notFound(target.kind, name);
  const source = context.podLogs();
  if (source === null)
    throw notImplemented('the subresource pods/log (no kubelet is attached to this server)');
  const container = containerOf(pod, request.query.get('container') ?? '');
  requireStarted(pod, container, isTrue(request.query, 'previous'));
  const options = parseOptions(container, request, context.now());
  const lines = source.open({ namespace, name, uid: pod.metadata.uid ?? '' }, options);
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: await startOf(lines) };
}

function parseOptions(container: string, request: ApiRequest, now: Date): PodLogOptions {
  const { query } = request;
  const counts = Object.fromEntries(
    (['tailLines', 'sinceSeconds', 'limitBytes'] as const)
      .filter((name) => (query.get(name) ?? '') !== '')
      .map((name) => [name, parseCount(query, name)]),
  );
  return {
    container,
    follow: isTrue(query, 'follow'),
    previous: isTrue(query, 'previous'),
    ...(isTrue(query, 'timestamps') ? { timestamps: true } : {}),
    ...counts,
    ...sinceTime(query, now),
    signal: request.signal,
  };
}

function sinceTime(query: URLSearchParams, now: Date): { sinceSeconds?: number } {
  const text = query.get('sinceTime') ?? '';
  if (text === '') return {};
  const since = Date.parse(text);
  if (Number.isNaN(since)) throw badRequest(`sinceTime: "${text}" is not an RFC 3339 time`);
  return { sinceSeconds: Math.max(1, Math.ceil((now.getTime() - since) / 1000)) };
}

/** Waits a moment for the first bytes, so that a source that fails at once is answered with a Status. */
async function startOf(lines: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = lines[Symbol.asyncIterator]();
  const first = iterator.next();
  await Promise.race([first, new Promise((resolve) => setTimeout(resolve, firstBytesMs).unref())]);
  return {
    [Symbol.asyncIterator]: () => {
      let pending: Promise<IteratorResult<Uint8Array>> | null = first;
      const next = (): Promise<IteratorResult<Uint8Array>> => {
        const result = pending ?? iterator.next();
        pending = null;
        return result;
      };
      const end = async (): Promise<IteratorResult<Uint8Array>> => {
        await iterator.return?.();
        return { done: true, value: undefined };
      };
      return { next, return: end };
    },
  };
}

function containerOf(pod: Pod, asked: string): string {
  const name = pod.metadata.name ?? '';
  const containers = (pod.spec?.containers ?? []).map((container) => container.name);
  const initContainers = (pod.spec?.initContainers ?? []).map((container) => container.name);
  if (asked !== '') {
    if ([...containers, ...initContainers].includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const [first = ''] = containers;
  if (containers.length === 1) return first;
  const choice = `choose one of: [${containers.join(' ')}]`;
  const init =
    initContainers.length === 0 ? '' : ` or one of the init containers: [${initContainers.join(' ')}]`;
  throw badRequest(`a container name must be specified for pod ${name}, ${choice}${init}`);
}

function requireStarted(pod: Pod, container: string, previous: boolean): void {
  const name = pod.metadata.name ?? '';
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const status = statuses.find((one) => one.name === container);
  const waiting = status?.state?.waiting;
  if (previous && status?.lastState?.terminated === undefined) {
    throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
  }
  const hasRun = status?.state?.running ?? status?.state?.terminated ?? status?.lastState?.terminated;
  if (hasRun !== undefined) return;
  const reason = waiting?.reason === undefined ? 'not started yet' : waiting.reason;
  throw badRequest(`container "${container}" in pod "${name}" is waiting to start: ${reason}`);
}

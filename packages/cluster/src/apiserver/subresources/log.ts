import type { Pod } from '@weir/api/workloads';
import { badRequest, notFound, notImplemented } from '../api-error.ts';
import type { ServerContext } from '../context.ts';
import type { PodLogOptions } from '../contracts.ts';
import { storeKey, type Target } from '../registry/served-kind.ts';
import { type ApiRequest, type ApiResponse, isTrue } from '../request.ts';
import { parseCount } from '../rest/list.ts';
import type { ResourceRoute } from '../route.ts';

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
  const options = parseOptions(container, request);
  const lines = source.open({ namespace, name, uid: pod.metadata.uid ?? '' }, options);
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: lines };
}

function parseOptions(container: string, request: ApiRequest): PodLogOptions {
  const { query } = request;
  if (query.has('sinceTime')) throw notImplemented('the parameter sinceTime of pods/log');
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
    signal: request.signal,
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

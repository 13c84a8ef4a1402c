type Fields = Readonly<Record<string, unknown>>;

const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'];
const hooks = ['preStop', 'postStart'];
const handlers = ['exec', 'grpc', 'httpGet', 'sleep', 'tcpSocket'];

/**
 * What the upper layer gives another source loses the lower one, because both together are invalid: a volume, an
 * environment variable, the action of a probe or hook. parity: the reference keeps both (config_merge.go), and the pod
 * is refused.
 */
export function dropReplacedSources(pod: unknown, patch: unknown): unknown {
  if (!isFields(pod) || !isFields(patch)) return pod;
  const result: Record<string, unknown> = { ...pod };
  replaceItems(result, patch, 'volumes', otherSource);
  for (const list of ['containers', 'initContainers']) replaceItems(result, patch, list, dropInContainer);
  return result;
}

function dropInContainer(container: Fields, over: Fields): Fields {
  const result: Record<string, unknown> = { ...container };
  replaceItems(result, over, 'env', otherSource);
  for (const probe of probes) result[probe] = withoutHandler(container[probe], over[probe]);
  if (isFields(container.lifecycle) && isFields(over.lifecycle)) {
    const lifecycle: Record<string, unknown> = { ...container.lifecycle };
    for (const hook of hooks) lifecycle[hook] = withoutHandler(lifecycle[hook], over.lifecycle[hook]);
    result.lifecycle = dropUndefined(lifecycle);
  }
  return dropUndefined(result);
}

/** Changes the items of a list that the patch names too. */
function replaceItems(
  target: Record<string, unknown>,
  patch: Fields,
  list: string,
  change: (item: Fields, over: Fields) => Fields,
): void {
  const overrides = new Map(itemsOf(patch[list]).map((item) => [item.name, item]));
  const items = itemsOf(target[list]);
  if (items.length === 0 || overrides.size === 0) return;
  target[list] = items.map((item) => {
    const over = overrides.get(item.name);
    return over === undefined ? item : change(item, over);
  });
}

function otherSource(item: Fields, over: Fields): Fields {
  const sources = Object.keys(over).filter((key) => key !== 'name');
  return sources.every((key) => key in item) ? item : { name: item.name };
}

function withoutHandler(base: unknown, patch: unknown): unknown {
  if (!isFields(base) || !isFields(patch)) return base;
  const handler = handlers.find((one) => one in patch);
  if (handler === undefined || handler in base) return base;
  return Object.fromEntries(Object.entries(base).filter(([key]) => !handlers.includes(key)));
}

function dropUndefined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function itemsOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

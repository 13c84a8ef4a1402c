/** Translates paths a pod names to where its volumes really are (`WEIR_PATH_MAP`, written by the local kubelet). */
export function createPathMapper(pathMap: string | undefined): (path: string) => string {
  const mounts = parsePathMap(pathMap);
  mounts.sort(([a], [b]) => b.length - a.length);
  return (path) => {
    for (const [container, host] of mounts) {
      if (path === container || path.startsWith(`${container}/`)) return host + path.slice(container.length);
    }
    return path;
  };
}

function parsePathMap(text: string | undefined): [container: string, host: string][] {
  if (text === undefined || text === '') return [];
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) throw new Error('WEIR_PATH_MAP is not an array of pairs');
  return value.map((pair: unknown) => {
    if (Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string') {
      return [pair[0].replace(/\/+$/, ''), pair[1].replace(/\/+$/, '')];
    }
    throw new Error('WEIR_PATH_MAP is not an array of pairs');
  });
}

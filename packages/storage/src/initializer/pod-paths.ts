/**
 * Where a path of the pod really is. The local kubelet tells by `WEIR_PATH_MAP` (JSON array of [container path, host
 * path]); the longest prefix wins. In a cluster there is no map and paths are what they are.
 */
export function createPathMap(text: string | undefined): (path: string) => string {
  if (text === undefined || text === '') return (path) => path;
  const pairs: unknown = JSON.parse(text);
  if (!Array.isArray(pairs)) throw new Error('WEIR_PATH_MAP is not an array of pairs');
  const mounts = pairs
    .map((pair: unknown) => (Array.isArray(pair) ? pair.map(String) : []))
    .map(([inside = '', outside = '']) => ({ inside: inside.replace(/\/+$/, ''), outside }))
    .sort((a, b) => b.inside.length - a.inside.length);
  return (path) => {
    const mount = mounts.find(({ inside }) => path === inside || path.startsWith(`${inside}/`));
    return mount === undefined ? path : mount.outside + path.slice(mount.inside.length);
  };
}

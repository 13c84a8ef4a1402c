/**
 * Where a container path lies on this machine. The local kubelet gives every process `WEIR_PATH_MAP`, a JSON array of
 * [containerPath, hostPath] pairs, one per mount; without it paths are already true. The longest prefix wins.
 */
export function translatePath(pathMap: string | undefined, path: string): string {
  if (pathMap === undefined || pathMap === '') return path;
  const pairs = JSON.parse(pathMap) as readonly (readonly [string, string])[];
  let best: readonly [string, string] | undefined;
  for (const pair of pairs) {
    const isPrefix = path === pair[0] || path.startsWith(pair[0].endsWith('/') ? pair[0] : `${pair[0]}/`);
    if (isPrefix && (best === undefined || pair[0].length > best[0].length)) best = pair;
  }
  return best === undefined ? path : best[1] + path.slice(best[0].length);
}

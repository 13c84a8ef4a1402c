import { delay, type Fetch } from '@weir/kube';

const waitsMs = [50, 100, 200, 400];

/**
 * A kubelet's requests to an API server with the Node authorizer. It lets a node see what its pods refer to, but learns
 * of a new pod through a watch of its own, maybe later than the node does: what is forbidden may be allowed a moment
 * later, and is asked for again.
 */
export function withNodeAuthorizer(fetch: Fetch): Fetch {
  return async (path, init) => {
    let response = await fetch(path, init);
    for (const waitMs of waitsMs) {
      if (response.status !== 403 || init?.signal?.aborted === true) break;
      await response.body?.cancel();
      await delay(waitMs, init?.signal ?? new AbortController().signal);
      response = await fetch(path, init);
    }
    return response;
  };
}

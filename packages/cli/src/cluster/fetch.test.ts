import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createClusterFetch } from './fetch.ts';
import type { ClusterAccess } from './kubeconfig.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** Begins an answer and falls silent. */
async function silentServer(): Promise<ClusterAccess> {
  const server = createServer((_, response) => {
    response.write('{');
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: undefined,
    insecure: false,
    tlsServerName: undefined,
    credentials: { type: 'none' },
    namespace: 'default',
  };
}

test('an answer that stops in the middle is given up, a watch that is silent later', async () => {
  const fetch = await createClusterFetch(await silentServer(), { answer: 300, watch: 1500 });
  const silence = async (path: string): Promise<number> => {
    const response = await fetch(path);
    const fromMs = performance.now();
    await expect(response.text()).rejects.toThrow(/timeout/i);
    return performance.now() - fromMs;
  };
  const [answer = 0, watch = 0] = await Promise.all(['/api/v1/pods', '/api/v1/pods?watch=true'].map(silence));
  expect(answer).toBeLessThan(watch);
});

test('the body of an answer is one stream, so that no second one gathers what nobody reads', async () => {
  const response = await (await createClusterFetch(await silentServer()))('/api/v1/pods?watch=true');
  const { body } = response;
  expect(response.body).toBe(body);
  const first = await body?.getReader().read();
  expect(new TextDecoder().decode(first?.value)).toBe('{');
});

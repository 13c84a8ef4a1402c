import { Agent, type RequestInit, fetch as undiciFetch } from 'undici';
import type { TestNetwork } from './test-network.ts';

/** `fetch` for ports of 127.0.0.1 in a test network. */
export interface NetworkFetch {
  fetch(url: string | URL | Request, init?: object): Promise<Response>;
  close(): Promise<void>;
}

export function createNetworkFetch(network: TestNetwork): NetworkFetch {
  const agents = new Map<number, Agent>();
  const agentOf = async (port: number): Promise<Agent> => {
    const socketPath = await network.reach(port);
    const agent = agents.get(port) ?? new Agent({ connect: socketPath === undefined ? {} : { socketPath } });
    agents.set(port, agent);
    return agent;
  };
  return {
    async fetch(url, init = {}) {
      const text = url instanceof Request ? url.url : String(url);
      const dispatcher = await agentOf(Number(new URL(text).port));
      // The same class as the global one, from a newer copy of the library.
      return (await undiciFetch(text, { ...(init as RequestInit), dispatcher })) as unknown as Response;
    },
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

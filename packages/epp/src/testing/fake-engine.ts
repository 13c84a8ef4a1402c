import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An engine that answers every completion and exposes the load it is told to have. */
export class FakeEngine {
  waiting = 0;
  kvCacheUsage = 0;
  /** Bodies of the completions it was asked for. */
  readonly received: string[] = [];
  scrapes = 0;
  readonly #server: Server = createServer((request, response) => {
    if (request.url === '/metrics') {
      this.scrapes++;
      response.end(this.#exposition());
      return;
    }
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      this.received.push(body);
      response.setHeader('content-type', 'application/json').end('{"choices":[]}');
    });
  });

  /** Listens on one loopback address; several engines share a port that way. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #exposition(): string {
    return `vllm:num_requests_waiting{engine="0"} ${this.waiting}
vllm:num_requests_running{engine="0"} 0
vllm:kv_cache_usage_perc{engine="0"} ${this.kvCacheUsage}
vllm:cache_config_info{block_size="16",num_gpu_blocks="1000"} 1
`;
  }
}

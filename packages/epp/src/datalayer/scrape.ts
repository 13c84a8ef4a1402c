import { readFileSync } from 'node:fs';
import { Client } from 'undici';
import type { Endpoint } from '../framework/endpoint.ts';
import type { MetricsSourceSettings } from '../plugins/data-source/metrics/index.ts';

/** An engine's exposition is tens of kilobytes; what is larger is not one. */
const maxBytes = 4 * 1024 * 1024;
const timeoutMs = 1000;

/** A kept connection to the metrics of one endpoint. */
export interface Scraper {
  /** The exposition text. Rejects on anything but 200, and after a second. */
  scrape(): Promise<string>;
  close(): void;
}

export function createScraper(endpoint: Endpoint, settings: MetricsSourceSettings): Scraper {
  const { address, port } = endpoint.metadata;
  const host = address.includes(':') ? `[${address}]` : address;
  const client = new Client(`${settings.scheme}://${host}:${settings.port ?? port}`, {
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    // Servers commonly close idle connections after five seconds; be first.
    keepAliveTimeout: 4000,
    connect: { timeout: timeoutMs, ...tlsOptions(settings) },
  });
  return {
    scrape: async () => {
      const { statusCode, body } = await client.request({ path: settings.path, method: 'GET' });
      if (statusCode !== 200) {
        await body.dump();
        throw new Error(`metrics answered with status ${statusCode}`);
      }
      return readText(body);
    },
    close: () => void client.destroy(),
  };
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`metrics of more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return (chunks.length === 1 ? Buffer.from(chunks[0] ?? []) : Buffer.concat(chunks)).toString('utf8');
}

function tlsOptions(settings: MetricsSourceSettings): object {
  if (settings.scheme === 'http') return {};
  return {
    rejectUnauthorized: !settings.insecureSkipVerify,
    ...(settings.caCertPath === undefined ? {} : { ca: readFileSync(settings.caCertPath) }),
    ...(settings.clientCertPath === undefined ? {} : { cert: readFileSync(settings.clientCertPath) }),
    ...(settings.clientKeyPath === undefined ? {} : { key: readFileSync(settings.clientKeyPath) }),
  };
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createLogger } from '@weir/core/log';
import { createApiServer } from './server.ts';

/**
 * The API server alone, as a process: `main.ts --data-dir DIR --tls-dir DIR [--port N] [--compact-bytes N]`, where the TLS folder holds
 * tls.crt, tls.key and ca.crt. Prints `{"port":N}` once it listens.
 */
const { values } = parseArgs({
  options: {
    'data-dir': { type: 'string' },
    'tls-dir': { type: 'string' },
    port: { type: 'string', default: '0' },
    'compact-bytes': { type: 'string', default: String(8 * 1024 * 1024) },
  },
});

const dataDir = values['data-dir'];
const tlsDir = values['tls-dir'];
if (dataDir === undefined || tlsDir === undefined) {
  process.stderr.write('apiserver: --data-dir and --tls-dir are required\n');
  process.exit(2);
}

const log = createLogger({ name: 'apiserver' });
const compactBytes = Number(values['compact-bytes']);
const server = await createApiServer({ dataDir, log, crds: [], admission: [], converters: [], compactBytes });
const read = (name: string): string => readFileSync(path.join(tlsDir, name), 'utf8');
const { port } = await server.listen({
  host: '127.0.0.1',
  port: Number(values.port),
  tls: { certPem: read('tls.crt'), keyPem: read('tls.key'), caPem: read('ca.crt') },
});
process.stdout.write(`${JSON.stringify({ port })}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void server.stop().then(() => process.exit(0));
  });
}

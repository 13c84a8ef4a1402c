import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { resources } from '@weir/api/meta';
import type { ConfigMap } from '@weir/api/workloads';
import { Client, type Fetch, isKubeError } from '@weir/kube';
import { createCertificateAuthority, issueCertificate } from '@weir/kube/certificates';
import { eventually } from '@weir/testing';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';

const kills = Number(process.env.WEIR_KILLS ?? 40);
const objectsPerWriter = 5;
const program = fileURLToPath(new URL('../../packages/cluster/src/apiserver/main.ts', import.meta.url));

/** What one writer knows about one object. */
interface Record {
  /** The newest value whose write was acknowledged; 0 for none, negative for an acknowledged removal. */
  acknowledged: number;
  /** The newest value that was sent. */
  sent: number;
}

const folder = mkdtempSync(join(tmpdir(), 'weir-durability-'));
const tlsDir = join(folder, 'tls');
let agent: Agent;

beforeAll(async () => {
  const notBefore = new Date(Date.now() - 60_000);
  const authority = await createCertificateAuthority('durability', notBefore, 2);
  const common = { notBefore, validDays: 1 };
  const serving = await issueCertificate(authority, {
    ...common,
    commonName: 'localhost',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
  });
  const admin = await issueCertificate(authority, {
    ...common,
    commonName: 'admin',
    organizations: ['system:masters'],
    usages: ['client'],
  });
  mkdirSync(tlsDir);
  writeFileSync(join(tlsDir, 'tls.crt'), serving.certPem);
  writeFileSync(join(tlsDir, 'tls.key'), serving.keyPem);
  writeFileSync(join(tlsDir, 'ca.crt'), authority.certPem);
  agent = new Agent({ connect: { ca: authority.certPem, cert: admin.certPem, key: admin.keyPem } });
});

afterAll(async () => {
  await agent?.destroy();
  rmSync(folder, { recursive: true, force: true });
});

test(
  `${kills} kills under two writers lose no acknowledged write and tear none`,
  { timeout: 60_000 + kills * 10_000 },
  async () => {
    const records = new Map<string, Record>();
    const promised = { writes: 0 };
    for (let kill = 0; kill <= kills; kill++) {
      const server = await start();
      try {
        await verify(server.client, records);
        if (kill === kills) break;
        const stop = new AbortController();
        const options = { records, promised, signal: stop.signal };
        const writing = Promise.all(['a', 'b'].map((writer) => write(server.client, writer, options)));
        // Anywhere in the life of the server, before its first write included; a life is measured in writes.
        const wanted = promised.writes + Math.floor(Math.random() * 60);
        const isOld = eventually('writes', () => promised.writes >= wanted, { everyMs: 1 });
        await Promise.race([isOld, writing]);
        await sleep(Math.random() * 10);
        server.child.kill('SIGKILL');
        stop.abort();
        await writing;
      } finally {
        server.child.kill('SIGKILL');
        if (server.child.exitCode === null && server.child.signalCode === null)
          await once(server.child, 'exit');
      }
    }
    expect(promised.writes).toBeGreaterThan(kills);
  },
);

async function start(): Promise<{ child: ChildProcess; client: Client }> {
  // Compacts every few dozen writes, so that kills also hit snapshots.
  const flags = ['--data-dir', join(folder, 'data'), '--tls-dir', tlsDir, '--compact-bytes', '60000'];
  const args = ['--import', 'tsx', program, ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout?.once('data', (chunk: Buffer) =>
      resolve((JSON.parse(chunk.toString()) as { port: number }).port),
    );
    child.once('exit', (code) => reject(new Error(`the API server ended with ${code}: ${errors}`)));
  });
  const fetch: Fetch = async (path, init = {}) =>
    (await undiciFetch(`https://127.0.0.1:${port}${path}`, {
      ...init,
      dispatcher: agent,
    })) as unknown as Response;
  return { child, client: new Client({ fetch, fieldManager: 'durability' }) };
}

/** Creates, updates and removes its objects in turn until the server is gone, and counts the writes that it was promised. */
async function write(
  client: Client,
  writer: string,
  options: {
    readonly records: Map<string, Record>;
    readonly promised: { writes: number };
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { records, promised, signal } = options;
  for (let round = 1; !signal.aborted; round++) {
    const name = `${writer}-${round % objectsPerWriter}`;
    const record = records.get(name) ?? { acknowledged: 0, sent: 0 };
    records.set(name, record);
    const value = Math.abs(record.sent) + 1;
    const isRemoval = value % 7 === 0;
    record.sent = isRemoval ? -value : value;
    try {
      if (isRemoval) await client.delete(resources.configMaps, { namespace: 'default', name });
      else await client.apply(resources.configMaps, object(name, value));
    } catch (error) {
      // An answer is not a loss of connection: the server must not refuse these writes.
      if (isKubeError(error)) throw error;
      return;
    }
    record.acknowledged = record.sent;
    promised.writes++;
  }
}

/** The stored state is the acknowledged one, or one that was sent after it; every object is whole. */
async function verify(client: Client, records: Map<string, Record>): Promise<void> {
  const { items } = await client.list(resources.configMaps, { namespace: 'default' });
  const stored = new Map(items.map((item) => [item.metadata.name ?? '', item]));
  for (const [name, record] of records) {
    const found = stored.get(name);
    const value = found === undefined ? null : wholeValue(found);
    const { acknowledged, sent } = record;
    const allowed = [...new Set([acknowledged, sent])].map((one) => (one > 0 ? one : null));
    expect(allowed, `${name}: acknowledged ${acknowledged}, sent ${sent}`).toContain(value);
    // What is there now is the base of the next round; an unacknowledged write may have survived.
    record.acknowledged = value ?? -Math.abs(sent);
  }
  expect([...stored.keys()].filter((name) => !records.has(name))).toEqual([]);
}

function object(name: string, value: number): ConfigMap {
  const filler = String(value).padStart(8, '0').repeat(200);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default' },
    data: { value: String(value), filler, checksum: checksum(name, value, filler) },
  };
}

function wholeValue({ metadata: { name = '' }, data = {} }: ConfigMap): number {
  const value = Number(data.value);
  expect(data.checksum, `${name} is torn`).toBe(checksum(name, value, data.filler ?? ''));
  return value;
}

function checksum(name: string, value: number, filler: string): string {
  return createHash('sha256').update(`${name} ${value} ${filler}`).digest('hex');
}

import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject } from '@weir/api/meta';
import { createApiServer, type PodLogSource } from '@weir/cluster/apiserver';
import { silentLogger } from '@weir/core/log';
import { Client } from '@weir/kube';
import { createCertificateAuthority, issueCertificate } from '@weir/kube/certificates';
import { realComponent } from '@weir/testing';
import { expect } from 'vitest';

/** The embedded API server on a port, and the real kubectl that asks it as an administrator. */
export interface KubectlTarget {
  readonly client: Client;
  readonly url: string;
  readonly caPem: string;
  /** For files of a test. */
  readonly folder: string;
  run(args: readonly string[], input?: string): Promise<KubectlResult>;
  /** Runs kubectl, which must succeed without a word on standard error. */
  ok(args: string, input?: string): Promise<string>;
  /** Runs kubectl, which must fail; returns its message. */
  fails(args: string, input?: string): Promise<string>;
  /** Starts kubectl and does not wait for its end, which is that of the target at the latest. */
  start(args: readonly string[]): ChildProcessWithoutNullStreams;
  stop(): Promise<void>;
}

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function startKubectlTarget(): Promise<KubectlTarget> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-kubectl-'));
  const server = await createApiServer({
    dataDir: join(folder, 'data'),
    log: silentLogger,
    crds: readDefinitions(),
    admission: [],
    converters: [],
    podLogs: logs,
  });
  const { tls, admin } = await makeCertificates();
  const { port } = await server.listen({ host: '127.0.0.1', port: 0, tls });
  const url = `https://127.0.0.1:${port}`;
  const config = join(folder, 'kubeconfig');
  writeFileSync(config, kubeconfig(url, tls.caPem, admin), { mode: 0o600 });
  const kubectl = realComponent('kubectl') ?? 'kubectl';
  const common = ['--kubeconfig', config, '--cache-dir', join(folder, 'cache')];
  const children: ChildProcessWithoutNullStreams[] = [];
  const run: KubectlTarget['run'] = (args, input = '') => runToEnd(kubectl, [...common, ...args], input);
  return {
    client: new Client({ fetch: server.fetch, fieldManager: 'test' }),
    url,
    caPem: tls.caPem,
    folder,
    run,
    async ok(args, input) {
      const result = await run(args.split(' '), input);
      expect(result, `kubectl ${args}`).toMatchObject({ code: 0, stderr: '' });
      return result.stdout;
    },
    async fails(args, input) {
      const result = await run(args.split(' '), input);
      expect(result.code, `kubectl ${args}: ${result.stdout}`).not.toBe(0);
      return result.stderr;
    },
    start(args) {
      const child = spawn(kubectl, [...common, ...args]);
      children.push(child);
      return child;
    },
    async stop() {
      for (const child of children) child.kill();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const logs: PodLogSource = {
  async *open({ name }, { container, tailLines, follow }) {
    const lines = ['one', 'two', 'three'].slice(-(tailLines ?? 3));
    for (const line of lines) yield new TextEncoder().encode(`${name}/${container} ${line}\n`);
    if (follow) yield new TextEncoder().encode('followed\n');
  },
};

interface KeyPair {
  readonly certPem: string;
  readonly keyPem: string;
}

async function makeCertificates(): Promise<{ tls: KeyPair & { caPem: string }; admin: KeyPair }> {
  const notBefore = new Date(Date.now() - 60_000);
  const authority = await createCertificateAuthority('test-ca', notBefore, 2);
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
  return { tls: { ...serving, caPem: authority.certPem }, admin };
}

function runToEnd(kubectl: string, args: readonly string[], input: string): Promise<KubectlResult> {
  return new Promise((resolve) => {
    const child = execFile(kubectl, args, { timeout: 120_000 }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : 1;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}

function readDefinitions(): KubeObject[] {
  const folder = new URL('../../config/crd/gen/', import.meta.url);
  return readdirSync(folder).map(
    (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as KubeObject,
  );
}

function kubeconfig(url: string, caPem: string, user: KeyPair): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority-data': base64(caPem) } }],
    users: [
      {
        name: 'test',
        user: { 'client-certificate-data': base64(user.certPem), 'client-key-data': base64(user.keyPem) },
      },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'default' } }],
  });
}

import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fetch, FetchInit } from '@weir/kube';
import type { CertificatePair } from '@weir/kube/certificates';
import { Agent, fetch as undiciFetch } from 'undici';
import { type ChildProgram, startProgram } from './child-program.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { type ComponentName, realComponent } from './real-component.ts';
import type { TestNetwork } from './test-network.ts';

export interface RealControlPlane {
  /** As an administrator. */
  readonly fetch: Fetch;
  readonly kubeconfigPath: string;
  readonly url: string;
  /** Certificate that the server's own certificate is checked against. */
  readonly caPem: string;
  readonly token: string;
  /** For a look behind the API server's back, such as a compaction. */
  readonly etcdUrl: string;
  /** Where its files lie, those of programs that join it included. */
  readonly folder: string;
  /** The key that tokens of service accounts are signed with. */
  readonly serviceAccountKeyFile: string;
  /** Kills the API server (SIGKILL); everything that it stored stays. */
  crash(): Promise<void>;
  /** Starts the API server again after `crash`, at the same address; ready when it returns. */
  revive(): Promise<void>;
  stop(): Promise<void>;
}

export interface ClusterPki {
  /** Authority of client certificates. */
  readonly clientCaPem: string;
  /** By which kubelets know the API server. */
  readonly kubeletClient: CertificatePair;
}

export interface RealControlPlaneOptions {
  /** Added after the default flags of kube-apiserver; the last of a repeated flag wins. */
  readonly apiServerFlags?: readonly string[];
  /** Default: the network of this machine. */
  readonly network?: TestNetwork;
  /**
   * For a whole cluster: nodes may do what the Node authorizer and NodeRestriction let them, and pods have accounts.
   * Without it nobody but the administrator can do anything.
   */
  readonly pki?: ClusterPki;
}

/** In the folder of a control plane with a `pki`. */
export const clientCaFile = 'client-ca.crt';

/** etcd and kube-apiserver on loopback, with nothing else, in a folder that `stop` removes. Ready in a few seconds. */
export async function startRealControlPlane(
  options: RealControlPlaneOptions = {},
): Promise<RealControlPlane> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-control-plane-'));
  const programs: ChildProgram[] = [];
  const stop = async (): Promise<void> => {
    for (const program of programs.reverse()) await program.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const etcdUrl = await startEtcd(folder, programs, options.network);
    const { close, ...server } = await startApiServer(folder, etcdUrl, programs, options);
    return { ...server, etcdUrl, folder, stop: () => close().then(stop) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startEtcd(
  folder: string,
  programs: ChildProgram[],
  network: TestNetwork | undefined,
): Promise<string> {
  const [clientPort, peerPort] = await Promise.all([freePort(), freePort()]);
  const url = `http://127.0.0.1:${clientPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const flags = [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
  const program = startProgram('etcd', need('etcd'), flags, {
    logFile: join(folder, 'etcd.log'),
    ...inNetwork(network),
  });
  programs.push(program);
  const agent = new Agent({ connect: await route(network, clientPort) });
  await eventually('etcd', async () => (await undiciFetch(`${url}/health`, { dispatcher: agent })).ok, {
    program,
  });
  await agent.destroy();
  return url;
}

async function startApiServer(
  folder: string,
  etcdUrl: string,
  programs: ChildProgram[],
  { network, pki, apiServerFlags = [] }: RealControlPlaneOptions,
): Promise<Omit<RealControlPlane, 'stop' | 'etcdUrl' | 'folder'> & { close(): Promise<void> }> {
  const port = await freePort();
  const token = randomBytes(24).toString('hex');
  const tokens = join(folder, 'tokens.csv');
  writeFileSync(tokens, `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  const keys = writeServiceAccountKeys(folder);
  const flags = [
    ...basicFlags(folder, { etcdUrl, port, tokens, keys, serviceCidr: network?.serviceCidr }),
    ...(pki === undefined ? bareFlags : clusterFlags(folder, pki)),
    ...apiServerFlags,
  ];
  const logFile = join(folder, 'kube-apiserver.log');
  const start = (): ChildProgram => {
    const started = startProgram('kube-apiserver', need('kube-apiserver'), flags, {
      logFile,
      ...inNetwork(network),
    });
    programs.push(started);
    return started;
  };
  let program = start();

  const url = `https://127.0.0.1:${port}`;
  // The key is written after the certificate, which is whole by then.
  const key = join(folder, 'apiserver', 'apiserver.key');
  await eventually('the certificate of kube-apiserver', () => existsSync(key), { program });
  const caPem = readFileSync(join(folder, 'apiserver', 'apiserver.crt'), 'utf8');
  // Watches are long silences: no time limit on headers or bodies.
  const agent = new Agent({
    connect: { ca: caPem, ...(await route(network, port)) },
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  });
  const adminFetch = fetchWith(url, token, agent);
  await eventually('kube-apiserver', () => isReady(adminFetch), { program });
  const kubeconfigPath = join(folder, 'kubeconfig');
  writeKubeconfig(kubeconfigPath, { url, caPem, token });
  return {
    fetch: adminFetch,
    kubeconfigPath,
    url,
    caPem,
    token,
    crash: () => program.stop(),
    async revive() {
      program = start();
      await eventually('kube-apiserver', () => isReady(adminFetch), { program });
    },
    serviceAccountKeyFile: keys.signing,
    close: () => agent.destroy(),
  };
}

function inNetwork(network: TestNetwork | undefined): { network?: TestNetwork } {
  return network === undefined ? {} : { network };
}

async function route(network: TestNetwork | undefined, port: number): Promise<{ socketPath?: string }> {
  const socketPath = await network?.reach(port);
  return socketPath === undefined ? {} : { socketPath };
}

interface BasicFlags {
  readonly etcdUrl: string;
  readonly port: number;
  readonly tokens: string;
  readonly keys: { readonly signing: string; readonly verifying: string };
  readonly serviceCidr: string | undefined;
}

function basicFlags(folder: string, { etcdUrl, port, tokens, keys, serviceCidr }: BasicFlags): string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    // Otherwise taken from the default route, which a private network does not have.
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, 'apiserver')}`,
    `--token-auth-file=${tokens}`,
    `--service-account-signing-key-file=${keys.signing}`,
    `--service-account-key-file=${keys.verifying}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-cluster-ip-range=${serviceCidr ?? '10.0.0.0/16'}`,
    '--allow-privileged=true',
    '--enable-priority-and-fairness=false',
    '--endpoint-reconciler-type=none',
  ];
}

const bareFlags = [
  '--authorization-mode=RBAC',
  // No token controller runs, so pods could not be created before somebody makes their ServiceAccount.
  '--disable-admission-plugins=ServiceAccount',
];

function clusterFlags(folder: string, { clientCaPem, kubeletClient }: ClusterPki): string[] {
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  return [
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    `--client-ca-file=${write(clientCaFile, clientCaPem)}`,
    `--kubelet-client-certificate=${write('kubelet-client.crt', kubeletClient.certPem)}`,
    `--kubelet-client-key=${write('kubelet-client.key', kubeletClient.keyPem)}`,
    '--kubelet-preferred-address-types=InternalIP',
  ];
}

/** Ready, and the bootstrap has made the namespace that everybody uses. */
async function isReady(adminFetch: Fetch): Promise<boolean> {
  for (const path of ['/readyz', '/api/v1/namespaces/default']) {
    const response = await adminFetch(path);
    await response.body?.cancel();
    if (!response.ok) return false;
  }
  return true;
}

function fetchWith(url: string, token: string, dispatcher: Agent): Fetch {
  return async (path: string, init: FetchInit = {}): Promise<Response> => {
    // The library's listeners on a long-lived signal only go with the garbage collector; that is no leak.
    if (init.signal !== undefined) setMaxListeners(10_000, init.signal);
    const headers = { authorization: `Bearer ${token}`, ...init.headers };
    const response = await undiciFetch(url + path, { ...init, headers, dispatcher });
    // The same class as the global one, from a newer copy of the library.
    return response as unknown as Response;
  };
}

function writeServiceAccountKeys(folder: string): { readonly signing: string; readonly verifying: string } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const files = { signing: join(folder, 'sa.key'), verifying: join(folder, 'sa.pub') };
  writeFileSync(files.signing, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(files.verifying, createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }));
  return files;
}

function writeKubeconfig(
  path: string,
  access: { readonly url: string; readonly caPem: string; readonly token: string },
): void {
  const certificate = Buffer.from(access.caPem).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'real', cluster: { server: access.url, 'certificate-authority-data': certificate } }],
    users: [{ name: 'admin', user: { token: access.token } }],
    contexts: [{ name: 'real', context: { cluster: 'real', user: 'admin' } }],
    'current-context': 'real',
  };
  writeFileSync(path, JSON.stringify(config, null, 2), { mode: 0o600 });
}

function need(name: ComponentName): string {
  const path = realComponent(name);
  if (path === null)
    throw new Error(`${name} is missing: set WEIR_${name.toUpperCase().replaceAll('-', '_')}`);
  return path;
}

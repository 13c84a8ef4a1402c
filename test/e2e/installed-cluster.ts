import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resources } from '@weir/api/meta';
import { Client } from '@weir/kube';
import {
  applyManifest,
  eventually,
  freePort,
  type RealControlPlane,
  realComponent,
  startRealControlPlane,
} from '@weir/testing';
import { type AuditedRequest, auditOf } from './audit-log.ts';
import { type ClusterProxy, startClusterProxy } from './cluster-proxy.ts';
import { type ControllerProcess, startController } from './controller-process.ts';
import { foreignKinds } from './foreign-kinds.ts';
import { root } from './llmisvc-target.ts';

/** A real API server on which kubectl applied what `weir crds`, `manifests` and `presets` print. */
export interface InstalledCluster {
  readonly plane: RealControlPlane;
  /** As an administrator. */
  readonly client: Client;
  /** What `weir manifests` printed. */
  readonly manifests: string;
  /** `weir controller` as if it ran in the pod of the manifests: with the rights of its account, behind its Service. */
  startInPod(flags?: readonly string[]): Promise<ControllerProcess>;
  /** What the controller's account asked for so far. */
  requests(): AuditedRequest[];
  kubectl(
    args: readonly string[],
    input: string,
  ): Promise<{ readonly code: number | null; readonly out: string }>;
  /** Throws when kubectl cannot apply all of it. */
  apply(yaml: string): Promise<void>;
  /** What an account sends as `Authorization: Bearer`. */
  tokenOf(account: string, namespace: string): Promise<string>;
  stop(): Promise<void>;
}

export const systemNamespace = 'kserve';
const controllerAccount = 'llmisvc-controller-manager';

export async function startInstalledCluster(): Promise<InstalledCluster> {
  const folder = mkdtempSync(path.join(tmpdir(), 'weir-installed-'));
  const audit = auditOf(`system:serviceaccount:${systemNamespace}:${controllerAccount}`, folder);
  const proxy = await startClusterProxy(folder);
  const plane = await startRealControlPlane({
    apiServerFlags: [
      ...audit.flags,
      ...proxy.flags,
      // As on clusters that let nobody block deletions by owner references to what is not theirs.
      '--enable-admission-plugins=OwnerReferencesPermissionEnforcement',
    ],
  });
  const client = new Client({ fetch: plane.fetch, fieldManager: 'test' });
  const kubectl = kubectlOf(plane);
  const apply = (yaml: string): Promise<void> =>
    applyManifest(async (argv, input) => {
      const { code, out } = await kubectl(argv, input);
      return { exitCode: code, stderr: out };
    }, yaml);
  const manifests = weir('manifests', '--image', 'example/weir:1', '--replicas', '2');
  const stop = async (): Promise<void> => {
    await plane.stop();
    await proxy.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await apply([weir('crds', '--all'), ...foreignKinds.map((one) => JSON.stringify(one))].join('\n---\n'));
    await eventually('the kinds', () => areEstablished(client), { everyMs: 300 });
    await apply(manifests);
    await apply(weir('presets'));
  } catch (error) {
    await stop();
    throw error;
  }
  const tokenOf = (account: string, namespace: string): Promise<string> =>
    tokenFor(client, account, namespace);
  return {
    plane,
    client,
    manifests,
    startInPod: (flags = []) => startInPod({ plane, client, proxy, folder, tokenOf }, flags),
    requests: audit.read,
    kubectl,
    apply,
    tokenOf,
    stop,
  };
}

/** In the background: this process is the network of the cluster meanwhile. */
function kubectlOf(plane: RealControlPlane): InstalledCluster['kubectl'] {
  return async (args, input) => {
    const command = [`--kubeconfig=${plane.kubeconfigPath}`, ...args];
    const child = spawn(realComponent('kubectl') ?? 'kubectl', command, { timeout: 110_000 });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stdin.end(input);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { code, out: Buffer.concat(chunks).toString() };
  };
}

function weir(...args: string[]): string {
  const launcher = path.join(root, 'packages/cli/bin/weir.mjs');
  const options = { encoding: 'utf8', timeout: 110_000, maxBuffer: 64 * 1024 * 1024 } as const;
  return execFileSync(process.execPath, [launcher, ...args], options);
}

async function areEstablished(client: Client): Promise<boolean> {
  const { items } = await client.list(resources.customResourceDefinitions);
  return items.every(({ status }) =>
    status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True'),
  );
}

async function tokenFor(client: Client, account: string, namespace: string): Promise<string> {
  const where = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} });
  const headers = { 'content-type': 'application/json' };
  const response = await client.fetch(where, { method: 'POST', body, headers });
  const { status } = (await response.json()) as { status?: { token?: string } };
  if (status?.token === undefined) throw new Error(`no token for ${account}: ${response.status}`);
  return status.token;
}

interface PodOptions extends Pick<InstalledCluster, 'plane' | 'client' | 'tokenOf'> {
  readonly proxy: ClusterProxy;
  readonly folder: string;
}

async function startInPod(
  { plane, client, proxy, folder, tokenOf }: PodOptions,
  flags: readonly string[],
): Promise<ControllerProcess> {
  const secrets = path.join(folder, 'serviceaccount');
  mkdirSync(secrets, { recursive: true });
  const files = {
    token: await tokenOf(controllerAccount, systemNamespace),
    'ca.crt': plane.caPem,
    namespace: systemNamespace,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(secrets, name), text);
  const key = { namespace: systemNamespace, name: 'llmisvc-webhook-server-service' };
  const service = await client.get(resources.services, key);
  const webhookPort = await freePort();
  // What kube-proxy does: the Service's address leads to the pod's port.
  proxy.route(`${service.spec?.clusterIP}:${service.spec?.ports?.[0]?.port}`, webhookPort);
  const { hostname, port } = new URL(plane.url);
  return startController('', ['--leader-elect', ...flags], {
    webhooks: false,
    env: {
      WEIR_HOME: folder,
      WEIR_SYSTEM_NAMESPACE: '',
      POD_NAMESPACE: systemNamespace,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      WEIR_PATH_MAP: JSON.stringify([['/var/run/secrets/kubernetes.io/serviceaccount', secrets]]),
      WEIR_WEBHOOK_PORT: String(webhookPort),
    },
  });
}

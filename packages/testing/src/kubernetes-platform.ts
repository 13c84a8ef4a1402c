import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyManifest } from './apply-manifest.ts';
import { eventually } from './eventually.ts';
import { type CommandResult, execute } from './execute.ts';
import { freePort } from './free-port.ts';
import { createNetworkFetch, type NetworkFetch } from './network-fetch.ts';
import { type ClusterProgram, type RealCluster, startRealCluster } from './real-cluster.ts';
import { cacheFolder, realComponent } from './real-component.ts';
import { clientCaFile } from './real-control-plane.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const launcher = path.join(root, 'packages', 'cli', 'bin', 'weir.mjs');
const nodeName = 'process-node';

/** Weir on a real Kubernetes, as a user installs it there, with this machine as the only node. */
export class KubernetesPlatform {
  readonly cluster: RealCluster;
  readonly kubelet: ClusterProgram;
  readonly gateway: ClusterProgram;
  readonly gatewayUrl: string;
  readonly #http: NetworkFetch;

  static async start(): Promise<KubernetesPlatform> {
    const printed = printManifests();
    const cluster = await startRealCluster();
    try {
      const node = await cluster.writeKubeconfig(`system:node:${nodeName}`, ['system:nodes']);
      const platform = new KubernetesPlatform(cluster, node, await freePort(), await freePort());
      await platform.#install(await printed).catch((error) => {
        throw new Error(`${String(error)}\n${platform.logTail()}`, { cause: error });
      });
      return platform;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  private constructor(
    cluster: RealCluster,
    nodeKubeconfig: string,
    gatewayPort: number,
    kubeletPort: number,
  ) {
    this.cluster = cluster;
    this.#http = createNetworkFetch(cluster.network);
    this.gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
    const { kubeconfigPath: KUBECONFIG, network, folder } = cluster;
    const kubeletFlags = [
      ...['--kubeconfig', nodeKubeconfig, '--hostname-override', nodeName],
      ...['--root-dir', path.join(folder, 'node'), '--pod-cidr', network.podCidr],
      ...['--port', String(kubeletPort), '--client-ca-file', path.join(folder, clientCaFile)],
      ...(network.type === 'private' ? ['--service-cidr', network.serviceCidr] : []),
    ];
    this.kubelet = this.#startRole('kubelet', kubeletFlags, {
      WEIR_MODEL_CACHE: path.join(cacheFolder(), 'model-cache'),
    });
    // The listener's port 80 is the base and 80 here.
    const gatewayFlags = ['--port-base', String(gatewayPort - 80), '--slot', '14'];
    this.gateway = this.#startRole('gateway', gatewayFlags, { KUBECONFIG });
  }

  /** As a client in the cluster's network. */
  fetch(url: string | URL | Request, init?: object): Promise<Response> {
    return this.#http.fetch(url, init);
  }

  /** Runs a program in the cluster's network. */
  run(argv: readonly string[]): Promise<CommandResult> {
    return execute(this.cluster.network.command(argv), process.env);
  }

  kubectl(argv: readonly string[], input?: string): Promise<CommandResult> {
    return kubectl(this.cluster, argv, input);
  }

  /** The ends of all logs, for a failure's message. */
  logTail(): string {
    return [this.kubelet, this.gateway]
      .map(({ logFile }) => `--- ${path.basename(logFile)}\n${tail(logFile)}`)
      .join('\n');
  }

  async stop(): Promise<void> {
    await this.#http.close();
    await this.cluster.stop();
    // In a private network nothing is left; elsewhere the containers of a kubelet that a test has killed are.
    killProcessesWith(path.join(this.cluster.folder, 'node', 'shims'));
  }

  #startRole(role: string, flags: readonly string[], env: NodeJS.ProcessEnv): ClusterProgram {
    const argv = [process.execPath, launcher, role, ...flags];
    return this.cluster.start(role, argv, {
      env: { ...process.env, ...env },
      // A killed kubelet leaves its pods running, and only a private network ends them.
      endSignal: this.cluster.network.type === 'private' ? 'KILL' : 'TERM',
    });
  }

  /** Definitions, what nodes may do beyond the Node authorizer, the controller, and then what it checks. */
  async #install({ crds, controller, presets }: Manifests): Promise<void> {
    await this.#apply(crds);
    await this.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=110s']);
    await this.#apply(readFileSync(new URL('kubernetes-platform.yaml', import.meta.url), 'utf8'));
    const isReady = ['--for=condition=Ready', `node/${nodeName}`, '--timeout=30s'];
    await eventually('the node', async () => (await this.kubectl(['wait', ...isReady])).exitCode === 0);
    if (this.cluster.network.type === 'private') await this.#runControllerAsPod(controller);
    else await this.#runControllerAsProcess();
    await this.#apply(presets);
  }

  async #runControllerAsPod(manifest: string): Promise<void> {
    await this.#apply(manifest);
    const deployment = ['deploy/llmisvc-controller-manager', '-n', 'kserve', '--timeout=110s'];
    const { exitCode, stdout, stderr } = await this.kubectl(['rollout', 'status', ...deployment]);
    if (exitCode !== 0) throw new Error(`the controller did not become ready: ${stdout}${stderr}`);
  }

  /** In the machine's own network nothing may listen beyond loopback, as a pod behind a Service has to. */
  async #runControllerAsProcess(): Promise<void> {
    const [health = 0, metrics = 0, webhooks = 0] = await Promise.all([freePort(), freePort(), freePort()]);
    this.#startRole('controller', [], {
      KUBECONFIG: this.cluster.kubeconfigPath,
      WEIR_SYSTEM_NAMESPACE: 'kserve',
      WEIR_WEBHOOK_HOST: '127.0.0.1',
      WEIR_WEBHOOK_PORT: String(webhooks),
      WEIR_METRICS_PORT: String(metrics),
      WEIR_HEALTH_PORT: String(health),
    });
    const url = `http://127.0.0.1:${health}/readyz`;
    await eventually('weir controller', async () => (await this.fetch(url)).ok);
  }

  #apply(manifest: string): Promise<void> {
    return applyManifest((argv, input) => this.kubectl(argv, input), manifest);
  }
}

interface Manifests {
  readonly crds: string;
  readonly controller: string;
  readonly presets: string;
}

async function printManifests(): Promise<Manifests> {
  const weir = async (...argv: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await execute([process.execPath, launcher, ...argv], process.env);
    if (exitCode !== 0) throw new Error(`weir ${argv.join(' ')}: ${stderr}`);
    return stdout;
  };
  const [crds, controller, presets] = await Promise.all([
    weir('crds', '--all'),
    weir('manifests', '--image', 'weir/weir'),
    weir('presets'),
  ]);
  return { crds, controller, presets };
}

function kubectl(cluster: RealCluster, argv: readonly string[], input?: string): Promise<CommandResult> {
  const program = realComponent('kubectl');
  if (program === null) throw new Error('kubectl is missing');
  const command = [program, '--cache-dir', path.join(cluster.folder, 'kubectl-cache'), ...argv];
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfigPath };
  return execute(cluster.network.command(command), env, input);
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-25).join('\n');
}

/** Kills every process whose environment names the folder. */
function killProcessesWith(folder: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended meanwhile, or is somebody else's.
    }
  }
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, freePort } from './child-program.ts';
import { type CommandResult, execute } from './execute.ts';
import { createNetworkFetch, type NetworkFetch } from './network-fetch.ts';
import { type ClusterProgram, type RealCluster, startRealCluster } from './real-cluster.ts';
import { cacheFolder, realComponent } from './real-component.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const launcher = path.join(root, 'packages', 'cli', 'bin', 'weir.mjs');
const nodeName = 'process-node';

/** Weir on a real Kubernetes, as a user installs it there, with this machine as the only node. */
export class KubernetesPlatform {
  readonly cluster: RealCluster;
  readonly kubelet: ClusterProgram;
  readonly controller: ClusterProgram;
  readonly gateway: ClusterProgram;
  readonly gatewayUrl: string;
  readonly #http: NetworkFetch;

  static async start(): Promise<KubernetesPlatform> {
    const cluster = await startRealCluster();
    try {
      await install(cluster);
      const [nodeKubeconfig, gatewayPort, ...ports] = await Promise.all([
        cluster.writeKubeconfig(`system:node:${nodeName}`, ['system:nodes']),
        freePort(),
        freePort(),
        freePort(),
        freePort(),
      ]);
      const platform = new KubernetesPlatform(cluster, nodeKubeconfig, gatewayPort, ports);
      await platform.#untilReady(ports[0] ?? 0);
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
    [healthPort, metricsPort, webhookPort]: readonly number[],
  ) {
    this.cluster = cluster;
    this.#http = createNetworkFetch(cluster.network);
    this.gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
    const { kubeconfigPath: KUBECONFIG, network, folder } = cluster;
    const start = (role: string, flags: readonly string[], env: NodeJS.ProcessEnv): ClusterProgram =>
      cluster.start(role, [process.execPath, launcher, role, ...flags], { ...process.env, ...env });
    this.kubelet = start(
      'kubelet',
      [
        ...['--kubeconfig', nodeKubeconfig, '--hostname-override', nodeName],
        ...['--root-dir', path.join(folder, 'node'), '--pod-cidr', network.podCidr],
        ...(network.type === 'private' ? ['--service-cidr', network.serviceCidr] : []),
      ],
      { WEIR_MODEL_CACHE: path.join(cacheFolder(), 'model-cache') },
    );
    this.controller = start('controller', [], {
      KUBECONFIG,
      WEIR_SYSTEM_NAMESPACE: 'kserve',
      WEIR_WEBHOOK_HOST: '127.0.0.1',
      WEIR_WEBHOOK_PORT: String(webhookPort),
      WEIR_METRICS_PORT: String(metricsPort),
      WEIR_HEALTH_PORT: String(healthPort),
    });
    // The listener's port 80 is the base and 80 here.
    this.gateway = start('gateway', ['--port-base', String(gatewayPort - 80), '--slot', '14'], {
      KUBECONFIG,
    });
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
    return [this.kubelet, this.controller, this.gateway]
      .map(({ logFile }) => `--- ${path.basename(logFile)}\n${tail(logFile)}`)
      .join('\n');
  }

  async stop(): Promise<void> {
    await this.#http.close();
    await this.cluster.stop();
  }

  async #untilReady(healthPort: number): Promise<void> {
    try {
      await eventually('the node to be ready', async () => {
        const jsonpath = 'jsonpath={.status.conditions[?(@.type=="Ready")].status} {.spec.taints}';
        const { stdout } = await this.kubectl(['get', 'node', nodeName, '-o', jsonpath]);
        return stdout.trim() === 'True';
      });
      await eventually(
        'weir controller',
        async () => (await this.fetch(`http://127.0.0.1:${healthPort}/readyz`)).ok,
      );
    } catch (error) {
      throw new Error(`${String(error)}\n${this.logTail()}`, { cause: error });
    }
  }
}

/** Definitions, presets and the default Gateway; and what a node may do beyond the Node authorizer. */
async function install(cluster: RealCluster): Promise<void> {
  const weir = (...argv: string[]): Promise<CommandResult> =>
    execute([process.execPath, launcher, ...argv], process.env);
  const [crds, presets] = await Promise.all([weir('crds', '--all'), weir('presets')]);
  const apply = async (manifest: string): Promise<void> => {
    const { exitCode, stderr } = await kubectl(cluster, ['apply', '--server-side', '-f', '-'], manifest);
    if (exitCode !== 0) throw new Error(`kubectl apply: ${stderr}`);
  };
  await apply(crds.stdout);
  await kubectl(cluster, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  await apply(readFileSync(path.join(root, 'packages/testing/src/kubernetes-platform.yaml'), 'utf8'));
  await apply(presets.stdout);
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

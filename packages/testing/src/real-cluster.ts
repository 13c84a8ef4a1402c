import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificatePair, createCertificateAuthority, issueCertificate } from '@weir/kube/certificates';
import { type ChildProgram, type ChildProgramOptions, startProgram } from './child-program.ts';
import { eventually } from './eventually.ts';
import { type ComponentName, realComponent } from './real-component.ts';
import { type RealControlPlane, startRealControlPlane } from './real-control-plane.ts';
import { startTestNetwork, type TestNetwork } from './test-network.ts';

/** A program of a cluster that tests kill and start again. */
export interface ClusterProgram {
  readonly logFile: string;
  /** SIGKILL. */
  crash(): Promise<void>;
  stop(): Promise<void>;
  /** Starts it as it was. */
  revive(): void;
}

/** A whole Kubernetes without nodes: etcd, API server, controller manager and scheduler, all of them real. */
export interface RealCluster extends RealControlPlane {
  readonly network: TestNetwork;
  readonly controllerManager: ClusterProgram;
  readonly scheduler: ClusterProgram;
  /** A kubeconfig of a user with a certificate, as kubelets and components have one. */
  writeKubeconfig(user: string, groups?: readonly string[]): Promise<string>;
  /** Runs a program in the cluster's network; it ends with the cluster at the latest. */
  start(
    name: string,
    argv: readonly string[],
    options?: Pick<ChildProgramOptions, 'env' | 'endSignal'>,
  ): ClusterProgram;
}

export async function startRealCluster(): Promise<RealCluster> {
  const network = await startTestNetwork();
  const authority = await createCertificateAuthority('test-cluster-ca', new Date(), 2);
  const issue = (commonName: string, organizations: readonly string[]): Promise<CertificatePair> =>
    issueCertificate(authority, {
      ...{ commonName, organizations, usages: ['client'] as const },
      ...{ notBefore: new Date(), validDays: 1 },
    });
  const kubeletClient = await issue('kube-apiserver-kubelet-client', []);
  const pki = { clientCaPem: authority.certPem, kubeletClient };
  const plane = await startRealControlPlane({ network, pki }).catch(async (error) => {
    await network.stop();
    throw error;
  });
  const programs: ClusterProgram[] = [];
  const start: RealCluster['start'] = (name, argv, options = {}) => {
    const logFile = join(plane.folder, `${name}.log`);
    const program = startClusterProgram(name, argv, { ...options, logFile, network });
    programs.push(program);
    return program;
  };
  const writeKubeconfig: RealCluster['writeKubeconfig'] = async (user, groups = []) => {
    const certificate = await issue(user, groups);
    const file = join(plane.folder, `${user.replaceAll(':', '-')}.kubeconfig`);
    writeFileSync(file, JSON.stringify(kubeconfigOf(plane, user, certificate), null, 2), { mode: 0o600 });
    return file;
  };
  const controllerManager = start('kube-controller-manager', [
    ...component('kube-controller-manager', await writeKubeconfig('system:kube-controller-manager')),
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${plane.serviceAccountKeyFile}`,
    `--root-ca-file=${caFile(plane)}`,
  ]);
  const scheduler = start('kube-scheduler', [
    ...component('kube-scheduler', await writeKubeconfig('system:kube-scheduler')),
  ]);
  const cluster: RealCluster = {
    ...plane,
    network,
    controllerManager,
    scheduler,
    writeKubeconfig,
    start,
    async stop() {
      for (const program of programs.reverse()) await program.stop();
      await plane.stop();
      await network.stop();
    },
  };
  await eventually('the ServiceAccount of a namespace', () => hasDefaultAccount(plane));
  return cluster;
}

function startClusterProgram(
  name: string,
  [command = '', ...args]: readonly string[],
  options: ChildProgramOptions,
): ClusterProgram {
  const start = (): ChildProgram => startProgram(name, command, args, options);
  let running = start();
  return {
    logFile: options.logFile,
    crash: () => running.stop('KILL'),
    stop: () => running.stop(),
    revive() {
      running = start();
    },
  };
}

/** Flags that both components share: one instance of each, and nothing listens. */
function component(name: ComponentName, kubeconfig: string): string[] {
  const program = realComponent(name);
  if (program === null) throw new Error(`${name} is missing`);
  return [program, `--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--secure-port=0'];
}

function caFile({ folder, caPem }: RealControlPlane): string {
  const file = join(folder, 'ca.crt');
  writeFileSync(file, caPem);
  return file;
}

/** The first thing that shows the controllers at work: pods cannot be created before. */
async function hasDefaultAccount({ fetch }: RealControlPlane): Promise<boolean> {
  const response = await fetch('/api/v1/namespaces/default/serviceaccounts/default');
  await response.body?.cancel();
  return response.ok;
}

function kubeconfigOf({ url, caPem }: RealControlPlane, user: string, certificate: CertificatePair): object {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'real', cluster: { server: url, 'certificate-authority-data': base64(caPem) } }],
    users: [
      {
        name: user,
        user: {
          'client-certificate-data': base64(certificate.certPem),
          'client-key-data': base64(certificate.keyPem),
        },
      },
    ],
    contexts: [{ name: 'real', context: { cluster: 'real', user } }],
    'current-context': 'real',
  };
}

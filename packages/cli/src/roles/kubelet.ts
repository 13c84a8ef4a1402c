import { readFileSync } from 'node:fs';
import { createServer, isIPv4 } from 'node:net';
import { hostname } from 'node:os';
import path from 'node:path';
import { startLogServer, startServiceProxy, withNodeAuthorizer } from '@weir/cluster/kubelet';
import { type FlagDefinition, goFlagsHelp, parseGoFlags } from '@weir/core/config';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { aborted, Client } from '@weir/kube';
import { createClusterFetch } from '../cluster/fetch.ts';
import { type ClusterAccess, readKubeconfig } from '../cluster/kubeconfig.ts';
import { type CliContext, installRoot, launcherPath } from '../context.ts';
import { cliErrors } from '../errors.ts';
import { homeLayout, weirHome } from '../local/home.ts';
import { startProcessNode } from '../local/process-node.ts';

/** Names are those of Kubernetes' kubelet where it has such a flag. */
const flags: Readonly<Record<string, FlagDefinition>> = {
  kubeconfig: { type: 'string', help: "of the node's own identity; default $KUBECONFIG" },
  'hostname-override': { type: 'string', help: 'name of the node; default the host name' },
  'node-ip': { type: 'string', default: '127.0.0.1', help: 'address of the node' },
  'node-labels': { type: 'string', default: '', help: 'further labels of the node: key=value,key=value' },
  'root-dir': { type: 'string', help: 'folder of pods, their volumes and logs; default $WEIR_HOME' },
  'pod-cidr': {
    type: 'string',
    default: '127.78.0.0/20',
    help: 'addresses of pods; local to this machine, such as by `ip route add local RANGE dev lo`',
  },
  'service-cidr': {
    type: 'string',
    default: '',
    help: 'addresses of Services, local as well, to forward to their pods; default: no forwarding',
  },
  port: { type: 'number', default: 10250, help: 'port at the node-ip for `kubectl logs`' },
  'client-ca-file': {
    type: 'string',
    default: '',
    help: 'authority of the certificates of API servers that may ask for logs; default: logs are not served',
  },
  'image-map': { type: 'string', default: '', help: 'what images run: PATTERN=PROGRAM,PATTERN=PROGRAM' },
};

/** `weir kubelet`: joins the cluster of the kubeconfig as a node. */
export async function runKubelet(context: CliContext, argv: readonly string[], log: Logger): Promise<number> {
  if (argv.includes('--help')) {
    const summary = 'Joins a cluster as a node whose pods are processes of this machine.';
    context.stdout.write(goFlagsHelp('weir kubelet', summary, flags));
    return 0;
  }
  const values = parseGoFlags('weir kubelet', argv, flags);
  const text = (flag: string): string => String(values.get(flag) ?? '');
  const nodeLabels = pairsOf('--node-labels', text('node-labels'));
  const imageMap = pairsOf('--image-map', text('image-map'));
  await requireLocal('--pod-cidr', text('pod-cidr'));
  if (text('service-cidr') !== '') await requireLocal('--service-cidr', text('service-cidr'));
  const access = accessOf(text('kubeconfig') || context.env.KUBECONFIG || '');
  const fetch = withNodeAuthorizer(await createClusterFetch(access));
  const clientCaPem = text('client-ca-file') === '' ? null : readFileSync(text('client-ca-file'), 'utf8');
  const logPort = Number(values.get('port'));
  const home = homeLayout(path.resolve(text('root-dir') || weirHome(context.env)));
  const { signal } = context;
  const client = new Client({ fetch, fieldManager: 'kubelet' });
  const nodeName = text('hostname-override') || hostname().toLowerCase();
  const kubelet = await startProcessNode({
    client,
    nodeName,
    nodeIP: text('node-ip'),
    ...(clientCaPem === null ? {} : { logPort }),
    nodeLabels,
    home,
    podCidr: text('pod-cidr'),
    modelCache: path.resolve(context.env.WEIR_MODEL_CACHE || home.models),
    imageMap,
    node: process.execPath,
    launcher: launcherPath(installRoot()),
    apiAccess: { url: access.server, caPem: access.ca ?? '' },
    // Both are the work of controllers and admission there.
    provisionLocalVolumes: false,
    addsServiceAccountTokens: false,
    log,
    signal,
  });
  const host = text('node-ip');
  if (clientCaPem !== null)
    await startLogServer({ host, port: logPort, clientCaPem, client, nodeName, kubelet, log, signal });
  const proxy =
    text('service-cidr') === ''
      ? undefined
      : await startServiceProxy({
          client: new Client({ fetch, fieldManager: 'kube-proxy' }),
          serviceCidr: text('service-cidr'),
          log,
          signal,
        });
  log.info('kubelet runs', { node: nodeName });
  await aborted(signal);
  await Promise.all([kubelet.stopped(), proxy?.stopped()]);
  return 0;
}

function accessOf(kubeconfig: string): ClusterAccess {
  if (kubeconfig === '')
    throw cliErrors.USAGE({
      problem:
        'weir kubelet: no --kubeconfig: give the one of the node, user system:node:NAME in group system:nodes',
    });
  return readKubeconfig(kubeconfig);
}

function pairsOf(flag: string, text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at <= 0) throw cliErrors.USAGE({ problem: `weir kubelet: ${flag}: "${pair}" is not key=value` });
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}

/** Fails early where processes could not listen on the addresses that they are given. */
async function requireLocal(flag: string, cidr: string): Promise<void> {
  const [, network = ''] = /^([\d.]+)\/\d{1,2}$/.exec(cidr) ?? [];
  if (!isIPv4(network))
    throw cliErrors.USAGE({
      problem: `weir kubelet: ${flag}: "${cidr}" is not an IPv4 range such as 127.78.0.0/20`,
    });
  // The network's own address may not be one of a host; the next one is.
  const address = network.replace(/\d+$/, (last) => String(Number(last) + 1));
  try {
    await listenOnce(address);
  } catch (error) {
    const problem = toError(error).message;
    throw cliErrors.USAGE({
      problem: `weir kubelet: ${flag} ${cidr}: addresses are not local to this machine (${problem}) — run \`ip route add local ${cidr} dev lo\`, or use a range of 127.0.0.0/8`,
    });
  }
}

function listenOnce(host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port: 0 }, () => server.close(() => resolve()));
  });
}

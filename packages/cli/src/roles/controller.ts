import { type FlagDefinition, goFlagsHelp, parseGoFlags } from '@weir/core/config';
import type { Logger } from '@weir/core/log';
import { Client } from '@weir/kube';
import { startLlmisvc } from '@weir/llmisvc';
import { type CliContext, connect } from '../context.ts';
import { aborted } from '../local/part.ts';
import { parseAddress, startHealthServer } from './health.ts';

/** Flags of KServe's controller (control-plane 4.2); those without effect here yet are refused by name. */
const flags: Readonly<Record<string, FlagDefinition>> = {
  kubeconfig: { type: 'string', help: 'kubeconfig file; default $KUBECONFIG, else the account of the pod' },
  'health-probe-addr': { type: 'string', default: ':8081', help: 'address of /healthz and /readyz' },
  'metrics-addr': { type: 'notBuilt', help: 'metrics of the controller come with cluster mode' },
  'metrics-secure': { type: 'notBuilt', help: 'metrics of the controller come with cluster mode' },
  'webhook-port': { type: 'notBuilt', help: 'the webhook server comes with cluster mode' },
  'leader-elect': { type: 'notBuilt', help: 'run one controller per cluster' },
  'tls-min-version': { type: 'notBuilt', help: 'belongs to the webhook server' },
  'tls-cipher-suites': { type: 'notBuilt', help: 'belongs to the webhook server' },
};

/** `weir controller`: reconciles LLMInferenceServices of the cluster that KUBECONFIG or the pod's account leads to. */
export async function runController(
  context: CliContext,
  argv: readonly string[],
  log: Logger,
): Promise<number> {
  if (argv.includes('--help')) {
    context.stdout.write(goFlagsHelp('weir controller', 'Reconciles LLMInferenceServices.', flags));
    return 0;
  }
  const values = parseGoFlags('weir controller', argv, flags);
  const kubeconfig = values.get('kubeconfig');
  const { fetch } = await connect(
    context,
    kubeconfig === undefined ? {} : { kubeconfig: String(kubeconfig) },
  );
  const systemNamespace = context.env.WEIR_SYSTEM_NAMESPACE || context.env.POD_NAMESPACE || 'kserve';
  let isReady = false;
  const health = await startHealthServer({
    ...healthAddress(context, String(values.get('health-probe-addr'))),
    isReady: () => isReady,
  });
  const client = new Client({ fetch, fieldManager: 'llmisvc-controller' });
  const controller = await startLlmisvc({ client, log, signal: context.signal, systemNamespace });
  isReady = true;
  log.info('controller runs', { systemNamespace });
  await aborted(context.signal);
  await controller.stopped();
  health.close();
  return 0;
}

function healthAddress(context: CliContext, flag: string): { host: string; port: number } {
  const port = context.env.WEIR_HEALTH_PORT;
  return port === undefined || port === '' ? parseAddress(flag) : { host: '127.0.0.1', port: Number(port) };
}

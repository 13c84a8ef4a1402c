import { type FlagDefinition, goFlagsHelp, parseGoFlags } from '@weir/core/config';
import type { Logger } from '@weir/core/log';
import { MetricsRegistry } from '@weir/core/metrics';
import { createEppMetrics, createPicker } from '@weir/epp';
import { startGateway } from '@weir/gateway';
import { aborted, Client } from '@weir/kube';
import { connect } from '../cluster/connect.ts';
import type { CliContext } from '../context.ts';
import { reportToSupervisor, untilSupervisorEnds } from '../local/part.ts';

const flags: Readonly<Record<string, FlagDefinition>> = {
  kubeconfig: { type: 'string', help: 'kubeconfig file; default $KUBECONFIG, else the account of the pod' },
  'port-base': { type: 'number', default: 7000, help: 'added to listener ports below 1024' },
  slot: { type: 'number', default: 0, help: 'address slot of this instance, 0 to 15' },
};

/** `weir gateway`: serves the Gateways whose class is ours. */
export async function runGateway(context: CliContext, argv: readonly string[], log: Logger): Promise<number> {
  if (argv.includes('--help')) {
    context.stdout.write(
      goFlagsHelp('weir gateway', 'Gateway API data plane with the embedded endpoint picker.', flags),
    );
    return 0;
  }
  const values = parseGoFlags('weir gateway', argv, flags);
  const signal = untilSupervisorEnds(context.signal);
  const kubeconfig = values.get('kubeconfig');
  const { fetch } = await connect(
    context,
    kubeconfig === undefined ? {} : { kubeconfig: String(kubeconfig) },
  );
  const registry = new MetricsRegistry();
  const metrics = createEppMetrics(registry);
  const gateway = await startGateway({
    client: new Client({ fetch, fieldManager: 'weir-gateway' }),
    log,
    signal,
    portBase: Number(values.get('port-base')),
    listenAddresses: { primary: '127.0.0.1', further: (n) => `127.77.${values.get('slot')}.${n}` },
    createPicker: (pool) => createPicker({ ...pool, metrics }),
    registry,
  });
  reportToSupervisor({ type: 'ready' });
  await aborted(signal);
  await gateway.stopped();
  return 0;
}

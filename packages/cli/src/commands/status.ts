import { type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import { Client } from '@weir/kube';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { createClusterFetch } from '../cluster/fetch.ts';
import { readKubeconfig } from '../cluster/kubeconfig.ts';
import { printColumns } from '../cluster/output.ts';
import type { CliContext } from '../context.ts';
import { type HomeLayout, homeLayout, weirHome } from '../local/home.ts';
import { type Instance, readInstance } from '../local/instance.ts';
import { type CommonOptions, withOutput } from './options.ts';

interface StatusReport {
  readonly schema: 'weir.dev/status/v1';
  readonly home: string;
  readonly running: boolean;
  readonly pid: number | null;
  readonly apiServer: string | null;
  readonly kubeconfig: string;
  readonly services: readonly {
    namespace: string;
    name: string;
    ready: string;
    reason: string;
    url: string;
  }[];
}

interface ServiceObject extends KubeObject {
  status?: { url?: string; conditions?: { type: string; status: string; reason?: string }[] };
}

/** `weir status`: the platform of this home and its services. Exit code 2 when it does not run. */
export function configureStatus(command: Command, context: CliContext): void {
  withOutput(command, 'json or yaml').action(async (options: CommonOptions) => {
    const home = homeLayout(weirHome(context.env));
    const report = await reportOf(home, readInstance(home));
    if (options.output === 'json') context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    else if (options.output === 'yaml') context.stdout.write(stringify(report));
    else context.stdout.write(reportText(report));
    if (!report.running) command.setOptionValue('exitCode', 2);
  });
}

async function reportOf(home: HomeLayout, instance: Instance | null): Promise<StatusReport> {
  const base = { schema: 'weir.dev/status/v1' as const, home: home.root, kubeconfig: home.kubeconfig };
  if (instance === null) return { ...base, running: false, pid: null, apiServer: null, services: [] };
  const access = readKubeconfig(home.kubeconfig);
  const client = new Client({ fetch: await createClusterFetch(access), fieldManager: 'weir' });
  const list = await client.list(resources.llmInferenceServices as ResourceKind<ServiceObject>);
  const services = list.items.map(({ metadata, status }) => {
    const ready = status?.conditions?.find((condition) => condition.type === 'Ready');
    return {
      namespace: metadata.namespace ?? '',
      name: metadata.name ?? '',
      ready: ready?.status ?? 'Unknown',
      reason: ready?.reason ?? '',
      url: status?.url ?? '',
    };
  });
  return { ...base, running: true, pid: instance.pid, apiServer: access.server, services };
}

function reportText(report: StatusReport): string {
  if (!report.running) return `weir is not running on ${report.home} (start it with \`weir up\`)\n`;
  const head = `weir is running (pid ${report.pid})\n  API server  ${report.apiServer}\n  kubeconfig  ${report.kubeconfig}\n`;
  if (report.services.length === 0) return `${head}\nno services\n`;
  const rows = report.services.map((service) => [
    service.namespace,
    service.name,
    service.ready,
    service.reason,
    service.url,
  ]);
  return `${head}\n${printColumns([['NAMESPACE', 'NAME', 'READY', 'REASON', 'URL'], ...rows])}`;
}

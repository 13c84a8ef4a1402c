import path from 'node:path';
import { createApiServer } from '@weir/cluster/apiserver';
import { type FlagDefinition, goFlagsHelp, parseGoFlags } from '@weir/core/config';
import type { Logger } from '@weir/core/log';
import { aborted } from '@weir/kube';
import { type CliContext, installRoot } from '../context.ts';
import { homeLayout, weirHome } from '../local/home.ts';
import { writeKubeconfig } from '../local/kubeconfig-file.ts';
import { ensurePki } from '../local/pki.ts';
import { requireFreePort } from '../local/ports.ts';
import { loadCrds } from '../local/shipped.ts';

const flags: Readonly<Record<string, FlagDefinition>> = {
  port: { type: 'number', default: 7001, help: 'port on the loopback interface' },
  'data-dir': { type: 'string', help: 'folder of journal and keys; default $WEIR_HOME/data' },
  ephemeral: { type: 'boolean', default: false, help: 'keep objects in memory only' },
  kubeconfig: {
    type: 'string',
    help: 'where to write the kubeconfig of the admin; default $WEIR_HOME/kubeconfig',
  },
};

/**
 * `weir apiserver`: API and CRDs only, no controllers and no pods. Admission and conversion of LLMInferenceServices come,
 * as on a cluster, from the webhooks that `weir controller` installs.
 */
export async function runApiServer(
  context: CliContext,
  argv: readonly string[],
  log: Logger,
): Promise<number> {
  if (argv.includes('--help')) {
    context.stdout.write(
      goFlagsHelp('weir apiserver', 'Serves the Kubernetes API of Weir, without controllers.', flags),
    );
    return 0;
  }
  const values = parseGoFlags('weir apiserver', argv, flags);
  const home = homeLayout(weirHome(context.env));
  const port = Number(values.get('port'));
  await requireFreePort(port, 'API server');
  const pki = await ensurePki(home.pki, new Date());
  const server = await createApiServer({
    dataDir:
      values.get('ephemeral') === true ? null : path.resolve(String(values.get('data-dir') ?? home.data)),
    log,
    crds: loadCrds(installRoot()),
    admission: [],
    converters: [],
    servesIdleKinds: true,
  });
  const tls = { certPem: pki.server.certPem, keyPem: pki.server.keyPem, caPem: pki.authority.certPem };
  const bound = await server.listen({ host: '127.0.0.1', port, tls });
  const kubeconfig = path.resolve(String(values.get('kubeconfig') ?? home.kubeconfig));
  writeKubeconfig(kubeconfig, `https://127.0.0.1:${bound.port}`, pki.authority.certPem, 'admin', pki.admin);
  log.info('API server listens', { port: bound.port, kubeconfig });
  await aborted(context.signal);
  await server.stop();
  return 0;
}

import type { KubeObject } from '@weir/api/meta';
import type { Command } from 'commander';
import { printObjects } from '../cluster/output.ts';
import { type CliContext, installRoot } from '../context.ts';
import { loadCrds, loadPresets } from '../local/shipped.ts';
import { type CommonOptions, withOutput } from './options.ts';

/** `weir crds`: the custom resource definitions of the product, to pipe into kubectl. */
export function registerCrds(program: Command, context: CliContext): void {
  const command = program
    .command('crds')
    .description('print the CRDs of LLMInferenceService (kubectl apply --server-side -f -)')
    .option(
      '--all',
      'also those of the Gateway API, InferencePool and LeaderWorkerSet that `weir up` serves',
    );
  withOutput(command, 'yaml (default) or json').action((options: CommonOptions & { all?: boolean }) => {
    const crds = loadCrds(installRoot());
    const own = crds.filter((crd) => crd.metadata.name?.endsWith('.serving.kserve.io'));
    print(context, options.all === true ? crds : own, options);
  });
}

/** `weir presets`: the well-known LLMInferenceServiceConfigs. */
export function registerPresets(program: Command, context: CliContext): void {
  const command = program
    .command('presets')
    .description('print the well-known LLMInferenceServiceConfigs')
    .argument('[names...]', 'only these')
    .option('-n, --namespace <name>', 'system namespace that they go to', 'kserve');
  withOutput(command, 'yaml (default), json or name').action((names: string[], options: CommonOptions) => {
    const presets = loadPresets(installRoot(), options.namespace ?? 'kserve');
    const unknown = names.filter((name) => !presets.some((preset) => preset.metadata.name === name));
    if (unknown.length > 0)
      throw new Error(`no preset is called ${unknown.join(', ')}; see \`weir presets -o name\``);
    print(
      context,
      names.length === 0 ? presets : presets.filter((preset) => names.includes(preset.metadata.name ?? '')),
      options,
    );
  });
}

function print(context: CliContext, objects: readonly KubeObject[], options: CommonOptions): void {
  if (options.output === 'name')
    for (const object of objects) context.stdout.write(`${object.metadata.name}\n`);
  else if (options.output === 'json')
    context.stdout.write(printObjects(objects, 'json', objects.length !== 1));
  else
    context.stdout.write(objects.map((object) => `---\n${printObjects([object], 'yaml', false)}`).join(''));
}

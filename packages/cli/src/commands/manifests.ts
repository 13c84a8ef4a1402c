import type { KubeObject } from '@weir/api/meta';
import { type Command, InvalidArgumentError } from 'commander';
import { controllerManifests } from '../cluster/controller-manifests.ts';
import { printObjects } from '../cluster/output.ts';
import { type CliContext, installRoot } from '../context.ts';
import { loadCrds, loadPresets } from '../local/shipped.ts';
import { type CommonOptions, withOutput } from './options.ts';

/** `weir crds`: the custom resource definitions of the product, to pipe into kubectl. */
export function configureCrds(command: Command, context: CliContext): void {
  command.option(
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
export function configurePresets(command: Command, context: CliContext): void {
  command
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

interface ManifestsOptions extends CommonOptions {
  readonly namespace: string;
  readonly image: string;
  readonly replicas: number;
}

/** `weir manifests`: what runs the controller in a cluster. */
export function configureManifests(command: Command, context: CliContext): void {
  command
    .requiredOption('--image <ref>', 'container image of this program; its entry point is `weir`')
    .option('-n, --namespace <name>', 'system namespace', 'kserve')
    .option(
      '--replicas <number>',
      'controllers, of which one works and the others stand by',
      parseReplicas,
      1,
    );
  withOutput(command, 'yaml (default) or json').action((options: ManifestsOptions) => {
    print(context, controllerManifests(options), options);
  });
}

function parseReplicas(text: string): number {
  const replicas = Number(text);
  if (!Number.isInteger(replicas) || replicas < 1 || replicas > 100)
    throw new InvalidArgumentError('write a number from 1 to 100.');
  return replicas;
}

function print(context: CliContext, objects: readonly KubeObject[], options: CommonOptions): void {
  if (options.output === 'name')
    for (const object of objects) context.stdout.write(`${object.metadata.name}\n`);
  else if (options.output === 'json')
    context.stdout.write(printObjects(objects, 'json', objects.length !== 1));
  else
    context.stdout.write(objects.map((object) => `---\n${printObjects([object], 'yaml', false)}`).join(''));
}

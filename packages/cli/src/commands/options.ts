import type { Command } from 'commander';
import type { ClusterOptions } from '../cluster/connect.ts';
import { type OutputFormat, parseOutputFormat } from '../cluster/output.ts';

/** Adds -n, --context and --kubeconfig. */
export function withClusterOptions(command: Command): Command {
  return command
    .option('-n, --namespace <name>', 'namespace; default that of the context')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--kubeconfig <file>', 'kubeconfig file; default $KUBECONFIG, else that of the local platform');
}

export function withOutput(command: Command, formats = 'json, yaml, wide or name'): Command {
  return command.option('-o, --output <format>', `output: ${formats}`, parseOutputFormat);
}

/** Options of the commands that judge files. */
export function withFiles(command: Command): Command {
  return command
    .requiredOption('-f, --filename <path...>', 'file, folder or -')
    .option('--system-namespace <name>', 'namespace of the presets', 'kserve');
}

export interface CommonOptions extends ClusterOptions {
  readonly output?: OutputFormat;
}

import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ReadyGate } from '@weir/llmisvc';
import type { Command } from 'commander';
import { type CliContext, installRoot, launcherPath } from '../context.ts';
import { cliErrors } from '../errors.ts';
import { homeLayout, weirHome } from '../local/home.ts';
import { requireFreeHome } from '../local/instance.ts';
import { programs } from '../local/programs.ts';
import { Progress } from '../local/progress.ts';
import { parseReadyGate } from '../local/ready-gate.ts';
import { runUp, type UpOptions } from '../local/up.ts';

interface UpFlags {
  readonly detach?: boolean;
  readonly portBase: number;
  readonly ephemeral?: boolean;
  readonly quickstart: boolean;
  readonly imageMap: Readonly<Record<string, string>>;
  readonly readyGate: ReadyGate;
}

/** `weir up`: starts the local platform in the foreground, or in the background with --detach. */
export function configureUp(command: Command, context: CliContext): void {
  command
    .option('-d, --detach', 'go on in the background once everything runs')
    .option('--port-base <port>', 'first port: API server base+1, gateway base+80', parsePortBase, 7000)
    .option('--ephemeral', 'keep objects in memory only; models stay cached')
    .option('--quickstart', 'apply the quickstart service and wait for its first token', false)
    .option('--no-quickstart', 'only start the platform')
    .option(
      '--image-map <image=program>',
      `run a program for an image without command (${programNames()}); repeatable`,
      parseImageMap,
      {},
    )
    .option(
      '--ready-gate <when>',
      'a service is Ready after an answered request where pods run (auto), always (request) or never (kserve)',
      parseReadyGate,
      'auto',
    )
    .action((flags: UpFlags) =>
      flags.detach === true ? detach(context, flags) : foreground(context, flags),
    );
}

async function foreground(context: CliContext, flags: UpFlags): Promise<void> {
  const options: UpOptions = {
    portBase: flags.portBase,
    isEphemeral: flags.ephemeral ?? false,
    withQuickstart: flags.quickstart,
    imageMap: flags.imageMap,
    readyGate: flags.readyGate,
    root: installRoot(),
  };
  await runUp(context, options, new Progress(context.stdout), (summary) => {
    context.stdout.write(summary);
    // In the background the command that started us waits for this and shows it.
    process.send?.({ type: 'ready', summary });
    if (process.connected) process.disconnect();
  });
}

/** Starts the same command in a session of its own, waits until it is ready, and leaves it running. */
async function detach(context: CliContext, flags: UpFlags): Promise<void> {
  const home = homeLayout(weirHome(context.env));
  // Before the log file of a running instance is emptied.
  requireFreeHome(home);
  mkdirSync(home.logs, { recursive: true, mode: 0o700 });
  const file = path.join(home.logs, 'up.log');
  const log = openSync(file, 'w', 0o600);
  const argv = [
    launcherPath(installRoot()),
    'up',
    `--port-base=${flags.portBase}`,
    flags.quickstart ? '--quickstart' : '--no-quickstart',
    ...(flags.ephemeral === true ? ['--ephemeral'] : []),
    `--ready-gate=${flags.readyGate}`,
    ...Object.entries(flags.imageMap).map(([image, program]) => `--image-map=${image}=${program}`),
  ];
  const child = spawn(process.execPath, argv, {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    env: context.env,
  });
  const summary = await new Promise<string>((resolve, reject) => {
    child.once('message', (message: { summary: string }) => resolve(message.summary));
    child.once('exit', (code) =>
      reject(
        lastWords(file) ??
          cliErrors.START_FAILED({ part: 'weir', problem: `it ended with exit code ${code}`, log: file }),
      ),
    );
  });
  child.unref();
  context.stdout.write(
    `weir runs in the background (pid ${child.pid}); stop it with \`weir down\`\n${summary}`,
  );
}

/** Why the background process could not start, in its own words; null when it said nothing. */
function lastWords(file: string): Error | null {
  const line = readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '';
  return line.startsWith('error: ') ? new Error(line.slice('error: '.length)) : null;
}

function parsePortBase(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1024 || port > 64000) {
    throw cliErrors.USAGE({ problem: `--port-base ${text}: must be a whole number from 1024 to 64000` });
  }
  return port;
}

function parseImageMap(text: string, previous: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.lastIndexOf('=');
  const program = text.slice(at + 1);
  if (at < 1 || !programs.some((known) => known.program === program)) {
    throw cliErrors.USAGE({
      problem: `--image-map ${text}: write IMAGE=PROGRAM with one of the programs ${programNames()}`,
    });
  }
  return { ...previous, [text.slice(0, at)]: program };
}

function programNames(): string {
  return programs.map(({ program }) => program).join(', ');
}

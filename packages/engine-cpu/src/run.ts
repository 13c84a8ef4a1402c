import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import type { Engine } from './engine.ts';
import { startServer } from './http/server.ts';
import { vllmVersion } from './http/status.ts';
import { loadLlama } from './llama/addon.ts';
import { selfTest } from './llama/self-test.ts';
import { builtinModel, findModel, type ModelSource } from './model/find-model.ts';
import { readChatTemplate } from './options/chat-template-option.ts';
import { type EngineOptions, toEngineOptions } from './options/engine-options.ts';
import { helpText } from './options/help.ts';
import { parseArguments, UsageError } from './options/parse-arguments.ts';
import { createPathMapper } from './options/pod-paths.ts';
import { startEngine } from './start-engine.ts';

export interface RunContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** Aborted to stop: running requests get `--shutdown-timeout` to finish. */
  readonly signal: AbortSignal;
  readonly stdout: { write(text: string): unknown };
}

/**
 * `vllm serve MODEL [flags]`: serves a GGUF model on the CPU with vLLM's HTTP surface until `signal` is aborted.
 * Resolves with the exit code: 0 stopped, 1 failed, 2 wrong command line.
 */
export async function runEngine(argv: readonly string[], context: RunContext): Promise<number> {
  const { log, stdout } = context;
  const [verb, ...rest] = argv;
  if (verb === '--version' || verb === '-v') {
    stdout.write(`${vllmVersion}\n`);
    return 0;
  }
  if (verb === undefined || rest.includes('--help') || ['--help', '-h', 'help'].includes(verb)) {
    stdout.write(helpText());
    return verb === undefined ? 2 : 0;
  }
  try {
    if (verb !== 'serve') throw new UsageError(`invalid command: '${verb}' (choose from serve)`);
    await serve(rest, context);
    return 0;
  } catch (thrown) {
    const error = toError(thrown);
    log.error(error.message, thrown instanceof UsageError ? {} : { error });
    await writeTerminationMessage(context.env.WEIR_TERMINATION_LOG, error.message);
    return thrown instanceof UsageError ? 2 : 1;
  }
}

/** What the pod's status shows as the reason of the exit. */
async function writeTerminationMessage(file: string | undefined, message: string): Promise<void> {
  if (file !== undefined && file !== '') await writeFile(file, message).catch(() => {});
}

async function serve(argv: readonly string[], { env, log, signal }: RunContext): Promise<void> {
  const args = parseArguments(argv);
  for (const flag of args.ignored) log.info(`ignored: ${flag}`);
  const options = await inPod(toEngineOptions(args, env), env);
  for (const limit of options.limits) log.warn(`limited: ${limit}`);
  const llama = await loadLlama((message) => log.warn('llama.cpp', { message }));
  await selfTest(llama);
  const source = await findModel(options.model);
  try {
    const engine = await startEngine({ llama, source, options: withServedName(options, args.model), log });
    // A mapped file lives on without its name: nothing is left behind when the process is killed.
    await removeTemporary(source).catch(() => {});
    await serveUntil(signal, engine, bindAddress(options.host, env.WEIR_POD_IP)).finally(() =>
      engine.scheduler.stop(),
    );
  } finally {
    await removeTemporary(source);
  }
}

async function serveUntil(signal: AbortSignal, engine: Engine, host: string): Promise<void> {
  const { log, options, scheduler, servedNames, substituted } = engine;
  const server = await startServer(engine, host);
  log.info('serving', { host, port: server.port, names: servedNames });
  if (substituted !== null)
    log.warn('another model is served in place of the one asked for', { substituted });
  await aborted(signal);
  log.info('stopping', { running: scheduler.runningCount, waiting: scheduler.waitingCount });
  await server.drain(options.shutdownTimeoutMs);
}

async function removeTemporary({ temporaryFolder }: ModelSource): Promise<void> {
  if (temporaryFolder !== null) await rm(temporaryFolder, { recursive: true, force: true });
}

/** Paths of a pod lead to where the local kubelet has put its volumes. */
async function inPod(options: EngineOptions, env: RunContext['env']): Promise<EngineOptions> {
  const toHost = createPathMapper(env.WEIR_PATH_MAP);
  const { generationConfig, tls } = options;
  return {
    ...options,
    model: options.model === builtinModel ? options.model : toHost(path.normalize(options.model)),
    generationConfig: generationConfig.startsWith('/') ? toHost(generationConfig) : generationConfig,
    chatTemplate: await readChatTemplate(options.chatTemplate, toHost),
    tls:
      tls === null
        ? null
        : {
            ...tls,
            certFile: toHost(tls.certFile),
            keyFile: toHost(tls.keyFile),
            caFile: tls.caFile === null ? null : toHost(tls.caFile),
          },
  };
}

/** Without `--served-model-name` requests name the model as the command line did, not the mapped path. */
function withServedName(options: EngineOptions, asGiven: string | null): EngineOptions {
  return options.servedNames.length > 0 ? options : { ...options, servedNames: [asGiven ?? options.model] };
}

/** Every pod of the local kubelet has an address of its own: "all interfaces" means that one. */
function bindAddress(host: string | null, podIp: string | undefined): string {
  const isAny = host === null || host === '' || host === '0.0.0.0' || host === '::';
  if (isAny && podIp !== undefined && podIp !== '') return podIp;
  return host === null || host === '' ? '127.0.0.1' : host;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type CommandResult, execute } from './execute.ts';
import { cacheFolder, realComponent } from './real-component.ts';

const run = promisify(execFile);
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const launcher = path.join(root, 'packages', 'cli', 'bin', 'weir.mjs');

export interface LocalPlatformOptions {
  readonly portBase: number;
  readonly home?: string;
  readonly flags?: readonly string[];
}

/** A platform started as a user starts it, `weir up`, in a process of its own with its own home. */
export class LocalPlatform {
  readonly home: string;
  readonly portBase: number;
  readonly #flags: readonly string[];
  #child: ChildProcess | undefined;
  #output = '';

  constructor(options: LocalPlatformOptions) {
    this.home = options.home ?? mkdtempSync(path.join(tmpdir(), 'weir-e2e-'));
    this.portBase = options.portBase;
    this.#flags = options.flags ?? [];
  }

  get env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      WEIR_HOME: this.home,
      WEIR_MODEL_CACHE: path.join(cacheFolder(), 'model-cache'),
      KUBECONFIG: this.kubeconfig,
      NO_COLOR: '1',
    };
  }

  get kubeconfig(): string {
    return path.join(this.home, 'kubeconfig');
  }

  /** Everything that `weir up` printed so far. */
  get output(): string {
    return this.#output;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts and waits for the lines that a user can paste; resolves with the milliseconds that it took. */
  async start(timeoutMs = 150_000): Promise<number> {
    const startedAtMs = performance.now();
    const argv = [launcher, 'up', '--port-base', String(this.portBase), ...this.#flags];
    const child = spawn(process.execPath, argv, { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#output = '';
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(new Error(`weir up took longer than ${timeoutMs} ms:\n${this.#output}${this.logTail()}`)),
        timeoutMs,
      );
      const onData = (chunk: Buffer): void => {
        this.#output += chunk.toString('utf8');
        if (!this.#output.includes('  kubectl   ')) return;
        clearTimeout(timer);
        resolve();
      };
      child.stdout?.on('data', onData);
      child.stderr?.on('data', onData);
      // Not its exit, before which not all of its output need have been read.
      child.once('close', (code) => {
        clearTimeout(timer);
        reject(new Error(`weir up ended with exit code ${code}:\n${this.#output}${this.logTail()}`));
      });
    });
    return performance.now() - startedAtMs;
  }

  /** Asks it to end, as Ctrl-C does, and removes its home unless told otherwise. */
  async stop(options: { readonly keepHome?: boolean } = {}): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('exit', resolve));
    }
    if (options.keepHome !== true) rmSync(this.home, { recursive: true, force: true });
  }

  /** kill -9 of every process of the platform at once: supervisor, control plane, gateway and all pods. */
  async killEverything(): Promise<number> {
    const pids = await this.processes();
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself meanwhile.
      }
    }
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      await new Promise((resolve) => child.once('exit', resolve));
    }
    return pids.length;
  }

  /** Process ids of the platform, or of one that runs in the background, and everything that it started; it is first. */
  async processes(rootPid: number | undefined = this.#child?.pid): Promise<number[]> {
    if (rootPid === undefined) return [];
    const { stdout } = await run('ps', ['-eo', 'pid=,ppid=']);
    const children = new Map<number, number[]>();
    for (const line of stdout.trim().split('\n')) {
      const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number);
      children.set(parent, [...(children.get(parent) ?? []), pid]);
    }
    const found = [rootPid];
    for (let i = 0; i < found.length; i++) found.push(...(children.get(found[i] ?? 0) ?? []));
    return found;
  }

  /** The command `weir` with this platform's home. `input` goes to its standard input. */
  weir(argv: readonly string[], input?: string): Promise<CommandResult> {
    return execute([process.execPath, launcher, ...argv], this.env, input);
  }

  /** The real kubectl with this platform's kubeconfig. `input` goes to its standard input. */
  kubectl(argv: readonly string[], input?: string): Promise<CommandResult> {
    const kubectl = realComponent('kubectl');
    if (kubectl === null) throw new Error('kubectl is not there');
    return execute([kubectl, '--cache-dir', path.join(this.home, 'kubectl-cache'), ...argv], this.env, input);
  }

  logTail(): string {
    return ['control-plane', 'gateway']
      .map((name) => path.join(this.home, 'logs', `${name}.log`))
      .filter((file) => existsSync(file))
      .map(
        (file) =>
          `\n--- ${path.basename(file)}\n${readFileSync(file, 'utf8').trimEnd().split('\n').slice(-25).join('\n')}`,
      )
      .join('');
  }
}

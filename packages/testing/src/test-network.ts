import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from './eventually.ts';

const run = promisify(execFile);

/** Where the programs of a test cluster run, and how this process reaches their ports on 127.0.0.1. */
export interface TestNetwork {
  /** `host`: the network of this machine. Pods have loopback addresses there, and Services no endpoints. */
  readonly type: 'host' | 'private';
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** The command line that runs a program in this network. */
  command(argv: readonly string[]): string[];
  /** Unix socket that leads to the port; undefined where the port itself can be reached. */
  reach(port: number): Promise<string | undefined>;
  /** Ends every process that still runs in a private network. */
  stop(): Promise<void>;
}

const hostNetwork: TestNetwork = {
  type: 'host',
  podCidr: '127.78.224.0/20',
  serviceCidr: '10.0.0.0/16',
  command: (argv) => [...argv],
  reach: () => Promise.resolve(undefined),
  stop: () => Promise.resolve(),
};

const podCidr = '10.79.0.0/16';
const serviceCidr = '10.80.0.0/16';
const isolation = ['--net', '--pid', '--fork', '--mount-proc', '--kill-child'];
/** Rootless where the kernel allows that, else with the rights of root; never in the network of the machine. */
const identities = [['--user', '--map-root-user'], []] as const;
const setUp = [
  'ip link set lo up',
  // Every address of the ranges is one of this machine: processes listen on those that they are given.
  `ip route add local ${podCidr} dev lo`,
  `ip route add local ${serviceCidr} dev lo`,
].join(' && ');
// The shell is the init of the process namespace: it collects what nobody waits for, and when it ends, all ends.
const init = `${setUp} || exit 1; exec 3<&0; "$@" <&3 & wait`;

/**
 * A network namespace of its own with a process namespace around it, as a small cluster has it: pods and Services have
 * addresses that a real API server accepts as endpoints, and nothing outlives the test. Where the system allows no
 * namespaces it is the network of the machine.
 */
export async function startTestNetwork(): Promise<TestNetwork> {
  if (process.env.WEIR_TEST_NETWORK === 'host') return hostNetwork;
  for (const identity of identities) {
    if (await isAllowed(identity)) return startPrivateNetwork(identity);
  }
  return hostNetwork;
}

async function isAllowed(identity: readonly string[]): Promise<boolean> {
  try {
    await run('unshare', [...identity, ...isolation, 'sh', '-c', `${setUp} && nsenter --version`], {
      timeout: 60_000,
    });
    return true;
  } catch {
    return false;
  }
}

async function startPrivateNetwork(identity: readonly string[]): Promise<TestNetwork> {
  const folder = mkdtempSync(path.join(tmpdir(), 'weir-network-'));
  const relay = fileURLToPath(new URL('network-relay.mjs', import.meta.url));
  const argv = [...identity, ...isolation, 'sh', '-c', init, 'init', process.execPath, relay, folder];
  const child = spawn('unshare', argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {});
  await untilReady(child);
  const enter = [
    'nsenter',
    ...['--target', String(await onlyChildOf(child.pid ?? 0))],
    ...(identity.length > 0 ? ['--user', '--preserve-credentials'] : []),
    ...['--net', '--pid', '--mount', `--wd=${process.cwd()}`],
  ];
  const relays = new Map<number, Promise<string>>();
  const openRelay = async (port: number): Promise<string> => {
    const socket = path.join(folder, String(port));
    child.stdin.write(`${port}\n`);
    await eventually(`the relay to port ${port}`, () => existsSync(socket), { everyMs: 5 });
    return socket;
  };
  return {
    type: 'private',
    podCidr,
    serviceCidr,
    command: (program) => [...enter, ...program],
    reach(port) {
      const relay = relays.get(port) ?? openRelay(port);
      relays.set(port, relay);
      return relay;
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the private network ended with exit code ${code}`)));
  });
}

/** `unshare --fork` waits for the one process that it started: the init, by its number in this namespace. */
function onlyChildOf(pid: number): Promise<number> {
  return eventually('the init of the private network', () =>
    Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]),
  );
}

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './find-program.ts';
import { hostTree } from './host-tree.ts';
import { buildRootView, type RootView } from './root-view.ts';

const run = promisify(execFile);
const probeTimeoutMs = 5000;
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The programs of the host that build a private view of the file system. */
export interface MountNamespaceTools {
  readonly unshare: readonly string[];
  readonly mount: string;
  readonly chroot: string;
  readonly shell: string;
  /** Remounting read-only needs the host's own root where the folder lies on a restricted file system. */
  readonly canMountReadOnly: boolean;
}

/** Finds out by trying: as root, or in a user namespace. null where neither is allowed. */
export async function detectMountNamespace(): Promise<MountNamespaceTools | null> {
  const [unshare, mount, chroot, shell] = ['unshare', 'mount', 'chroot', 'sh'].map((name) =>
    findProgram(name, systemPath),
  );
  if (process.platform !== 'linux' || !unshare || !mount || !chroot || !shell) return null;
  const isRoot = process.getuid?.() === 0;
  const canMountReadOnly = isRoot && ownsMachine();
  for (const flags of isRoot ? [[]] : [['--user', '--map-root-user']]) {
    const prefix = [unshare, ...flags, '--mount', '--propagation', 'private'];
    const tools = { unshare: prefix, mount, chroot, shell, canMountReadOnly };
    if (await works(tools)) return tools;
  }
  return null;
}

/** The root of a user namespace may not lift or set every flag of the mounts that it was given. */
function ownsMachine(): boolean {
  return /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));
}

async function works(tools: MountNamespaceTools): Promise<boolean> {
  const dir = mkdtempSync(join(tmpdir(), 'weir-view-'));
  try {
    const view = buildRootView([], [], hostTree);
    if (typeof view === 'string') return false;
    const [program = '', ...args] = enterView(tools, view, dir, '/');
    await run(program, [...args, tools.shell, '-c', 'exit 0'], { timeout: probeTimeoutMs });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * Writes the recipe of a view into `dir` and returns the command that enters it; the container's own command is
 * appended to that. Nothing is visible outside the new namespace.
 */
export function enterView(
  tools: MountNamespaceTools,
  view: RootView,
  dir: string,
  workingDir: string,
): string[] {
  const root = join(dir, 'root');
  mkdirSync(root, { recursive: true, mode: 0o755 });
  for (const { hostPath, kind } of view.nested) {
    if (kind === 'directory') mkdirSync(hostPath, { recursive: true });
    else {
      mkdirSync(dirname(hostPath), { recursive: true });
      writeFileSync(hostPath, '', { flag: 'a' });
    }
  }
  writeFileSync(join(dir, 'mounts'), view.binds.map((bind) => fstabLine(tools, root, bind)).join(''));
  const script = [
    'set -e',
    `${tools.mount} -t tmpfs -o mode=755,size=16m weir ${quote(root)}`,
    `cd ${quote(root)}`,
    ...view.directories.map((path) => `mkdir -p ${quote(`.${path}`)}`),
    ...view.files.map((path) => `: > ${quote(`.${path}`)}`),
    ...view.symlinks.map(({ path, target }) => `ln -s ${quote(target)} ${quote(`.${path}`)}`),
    `${tools.mount} -a -T ${quote(join(dir, 'mounts'))}`,
    `exec ${tools.chroot} ${quote(root)} ${tools.shell} -c 'cd "$0" && exec "$@"' ${quote(workingDir)} "$@"`,
  ];
  writeFileSync(join(dir, 'enter.sh'), `${script.join('\n')}\n`);
  return [...tools.unshare, tools.shell, join(dir, 'enter.sh')];
}

function fstabLine(tools: MountNamespaceTools, root: string, bind: RootView['binds'][number]): string {
  const options = bind.readOnly && tools.canMountReadOnly ? 'bind,ro' : 'rbind';
  return `${escapeField(bind.source)} ${escapeField(root + bind.target)} none ${options} 0 0\n`;
}

function escapeField(text: string): string {
  return text.replace(/[\\\s#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

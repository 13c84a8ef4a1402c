import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '@weir/testing';

/** The suite that lies beside the repository, or where WEIR_SHARED says, as a copy that can be run. */
export function findSuite(root: string): string {
  const shared = process.env.WEIR_SHARED ?? path.join(path.dirname(root), 'shared');
  const original = path.join(shared, 'conformance');
  if (!existsSync(path.join(original, 'run.mjs'))) {
    throw new Error(`${original} has no conformance suite: set WEIR_SHARED to the folder that holds it`);
  }
  const cache = cacheFolder();
  mkdirSync(cache, { recursive: true });
  return copySuite(original, cache);
}

/**
 * A copy of the suite in the cache with its dependencies installed: one per content, so that the original may be
 * read-only and a changed case is noticed.
 */
function copySuite(original: string, cache: string): string {
  const target = path.join(cache, `conformance-${contentHash(original)}`);
  if (existsSync(target)) return target;
  const fresh = mkdtempSync(path.join(cache, 'conformance-part-'));
  cpSync(original, fresh, {
    recursive: true,
    // Copies would be read-only, too, and then neither written into nor removed.
    mode: 0,
    filter: (file) => path.basename(file) !== 'node_modules',
  });
  execFileSync('chmod', ['-R', 'u+w', fresh]);
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--silent'], { cwd: fresh, stdio: 'inherit' });
  renameSync(fresh, target);
  return target;
}

function contentHash(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const file = path.join(folder, name);
    if (name.split(path.sep).includes('node_modules')) continue;
    hash.update(`${name}\n`);
    try {
      hash.update(readFileSync(file));
    } catch {
      // A folder.
    }
  }
  return hash.digest('hex').slice(0, 12);
}

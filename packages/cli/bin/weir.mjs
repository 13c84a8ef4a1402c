#!/usr/bin/env node
// Starts the bundled command line. In a clone the bundle is made on first use and again when a source file changed;
// an installed package brings it along.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const bundle = path.join(root, 'dist', 'weir.mjs');
const sources = path.join(root, 'packages');

/** Newest change below a folder, in milliseconds; folders count too, so that a removed file is noticed. */
function newestChange(folder) {
  let newest = statSync(folder).mtimeMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.endsWith('.test.ts')) continue;
    const name = path.join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestChange(name) : statSync(name).mtimeMs);
  }
  return newest;
}

function isStale() {
  if (process.env.WEIR_BUNDLE === 'keep' || !existsSync(sources)) return false;
  if (!existsSync(bundle)) return true;
  const stamp = Number(readFileSync(path.join(root, 'dist', 'stamp'), 'utf8'));
  return newestChange(sources) > stamp;
}

if (isStale()) {
  const { bundleCli } = await import('../../../scripts/bundle.mjs');
  await bundleCli(root, newestChange(sources));
}
// Processes that this one starts use the bundle as it is: one platform never mixes two versions.
process.env.WEIR_BUNDLE = 'keep';
const { main } = await import(bundle);
await main();

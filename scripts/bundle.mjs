// Bundles the command line into dist/: one file per lazily loaded part, so that a role loads only what it needs.
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/** @param {string} root folder of the installation @param {number} stamp newest source change, in milliseconds */
export async function bundleCli(root, stamp) {
  const { build } = await import('esbuild');
  const target = path.join(root, 'dist');
  // Made aside and renamed: a process that starts meanwhile sees the old bundle or the new one, never half of it.
  const fresh = path.join(root, `dist.${process.pid}.part`);
  try {
    mkdirSync(fresh, { recursive: true });
    await build({
      entryPoints: { weir: path.join(root, 'packages/cli/src/main.ts') },
      outdir: fresh,
      outExtension: { '.js': '.mjs' },
      entryNames: '[name]',
      chunkNames: 'chunks/[name]-[hash]',
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      external: ['@node-llama-cpp/*', 'esbuild'],
      loader: { '.json': 'json' },
      logLevel: 'warning',
      legalComments: 'none',
      banner: {
        // CommonJS packages inside the bundle ask for Node's own modules with require.
        js: "import { createRequire as weirCreateRequire } from 'node:module'; const require = weirCreateRequire(import.meta.url);",
      },
    });
    writeFileSync(path.join(fresh, 'stamp'), String(stamp));
    keepFormerChunks(path.join(target, 'chunks'), path.join(fresh, 'chunks'));
    putInPlace(fresh, target);
  } finally {
    // Sources that do not compile leave nothing behind.
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** A handful of bundles, in most of which little changed. */
const formerChunksAtMost = 300;

/**
 * A running process may load a part of the former bundle only now. Names of chunks carry a hash of what they hold, so
 * that the chunks of several bundles fit into one folder; the oldest go.
 */
function keepFormerChunks(former, chunks) {
  if (!existsSync(former)) return;
  try {
    const files = readdirSync(former)
      .filter((name) => !existsSync(path.join(chunks, name)))
      .map((name) => ({ name, madeAt: statSync(path.join(former, name)).mtimeMs }))
      .sort((a, b) => b.madeAt - a.madeAt);
    for (const { name } of files.slice(0, formerChunksAtMost)) {
      linkSync(path.join(former, name), path.join(chunks, name));
    }
  } catch (error) {
    // Another process has just replaced the former bundle, and kept what there was to keep.
    if (error.code !== 'ENOENT') throw error;
  }
}

/** Several processes may have made a bundle at once: the last one stays. */
function putInPlace(fresh, target) {
  const old = `${fresh}.old`;
  for (let triesLeft = 10; ; triesLeft--) {
    try {
      if (existsSync(target)) renameSync(target, old);
      renameSync(fresh, target);
      return;
    } catch (error) {
      // Another one was faster, with the one step or the other.
      if (triesLeft === 0) throw error;
    } finally {
      rmSync(old, { recursive: true, force: true });
    }
  }
}

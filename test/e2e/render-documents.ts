import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { KubeObject } from '@weir/api/meta';
import { parseAllDocuments } from 'yaml';
import { root } from './llmisvc-target.ts';

/** What `weir render` prints, without the composed services, and what it says that it takes for granted. */
export async function renderDocuments(
  folder: string,
  documents: readonly KubeObject[],
): Promise<{ readonly objects: readonly KubeObject[]; readonly assumed: readonly string[] }> {
  const file = path.join(folder, 'documents.yaml');
  writeFileSync(file, documents.map((document) => JSON.stringify(document)).join('\n---\n'));
  const launcher = path.join(root, 'packages/cli/bin/weir.mjs');
  const { out, err } = await run([launcher, 'render', '-f', file]);
  const printed = parseAllDocuments(out).map((document) => document.toJS() as KubeObject | null);
  const assumed = [...err.matchAll(/: (\w+ \S+\/\S+): taken for granted/g)].map(([, object = '']) => object);
  return {
    objects: printed.filter((one) => one !== null).filter(({ kind }) => kind !== 'LLMInferenceService'),
    assumed: [...new Set(assumed)],
  };
}

function run(args: readonly string[]): Promise<{ readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    const options = { timeout: 300_000, maxBuffer: 256 * 1024 * 1024 };
    execFile(process.execPath, args, options, (_error, out, err) => resolve({ out, err }));
  });
}

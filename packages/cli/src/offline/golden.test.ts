import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { KubeObject } from '@weir/api/meta';
import { computeDesired, observeDocuments } from '@weir/llmisvc';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { installRoot } from '../context.ts';
import { compose, storedService } from './compose.ts';
import { loadSurroundings } from './surroundings.ts';

const folder = path.join(installRoot(), 'test/golden');

/** `vitest -u` writes the expected files; a person reviews them. */
describe('the objects of a service', () => {
  test.each(readdirSync(folder))('%s', async (name) => {
    const text = readFileSync(path.join(folder, name, 'input.yaml'), 'utf8');
    const objects = parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
    await expect(await renderAll(objects)).toMatchFileSnapshot(path.join(folder, name, 'expected.yaml'));
  });
});

/** What the controller makes of the first service: objects, key pairs, conditions and warnings. */
async function renderAll(documents: readonly KubeObject[]): Promise<string> {
  const nowhere = new Writable();
  const { signal } = new AbortController();
  const context = { env: {}, stdin: Readable.from([]), stdout: nowhere, stderr: nowhere, signal };
  const surroundings = await loadSurroundings(
    context,
    { filename: [], systemNamespace: 'kserve' },
    documents,
  );
  const document = documents.find(({ kind }) => kind === 'LLMInferenceService') as KubeObject;
  const service = storedService(document, surroundings.crds);
  const combined = compose(service, surroundings);
  if (combined.type === 'failed') return stringify({ reason: combined.reason, message: combined.message });
  const known = { service, spec: combined.spec, platform: surroundings.platform };
  const { parts } = computeDesired({ ...known, observed: observeDocuments(documents, known) });
  const all = [
    ...parts.flatMap((part) => part.apply.map(({ object }) => object)),
    ...parts.flatMap((part) => part.generate ?? []),
    ...parts.flatMap((part) => part.conditions ?? []),
    ...parts.flatMap((part) => part.warnings ?? []),
  ];
  return all
    .map((one) => stringify(one, { lineWidth: 0, aliasDuplicateObjects: false, sortMapEntries: true }))
    .join('---\n');
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { KubeObject } from '@weir/api/meta';
import { guideDocuments, guideExamples, mergePatch } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { installRoot } from '../context.ts';
import { validate } from './validate.ts';

interface Refused {
  readonly rule: string;
  /** The file whose first document of the kind is patched. */
  readonly from: string;
  /** Default: the service. */
  readonly kind?: string;
  readonly patch: unknown;
  /** The lines printed, without the name of the object in front. */
  readonly says: string;
}

const guide = path.join(installRoot(), 'test/guide');
const refused = parse(readFileSync(path.join(guide, 'refused.yaml'), 'utf8')) as readonly Refused[];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'weir-guide-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('all eighteen features of the guide have examples', () => {
  expect(guideExamples.map((example) => Number(example.slice(1, 3)))).toEqual(
    Array.from({ length: 18 }, (_, index) => index + 1),
  );
});

describe('an example of the guide is valid, without a warning', () => {
  test.each(guideExamples)('%s', async (example) => {
    const expected = guideDocuments(example).map((document) => `${nameOf(document)}: valid\n`);
    expect(await run(path.join(guide, `${example}.yaml`))).toEqual({ code: 0, out: expected.join('') });
  });
});

describe('a wrong manifest is told object, field, reason and fix', () => {
  let said: ReadonlyMap<string, string>;
  beforeAll(async () => {
    // Configs stand in a file of their own: services would find them.
    const services = await refuse(refused.filter(({ kind }) => kind === undefined));
    const configs = await refuse(refused.filter(({ kind }) => kind !== undefined));
    said = byObject(services + configs);
  });

  test.each(refused)('$rule', (one) => {
    expect(said.get(nameOf(wrongOf(one)))).toBe(one.says);
  });
});

async function refuse(cases: readonly Refused[]): Promise<string> {
  const file = path.join(folder, 'refused.yaml');
  writeFileSync(file, cases.map((one) => JSON.stringify(wrongOf(one))).join('\n---\n'));
  const { code, out } = await run(file);
  expect(code).toBe(2);
  return out;
}

/** The printed lines by object, without the object in front; `fix:` lines belong to the line above. */
function byObject(out: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  let object = '';
  for (const line of out.trimEnd().split('\n')) {
    const [, name = object, text = line] = /^(\w+ [^ :]+): (.*)$/.exec(line) ?? [];
    object = name;
    texts.set(name, `${texts.get(name) ?? ''}${text}\n`);
  }
  return texts;
}

function wrongOf({ rule, from, kind = 'LLMInferenceService', patch }: Refused): KubeObject {
  const example = guideDocuments(from).find((document) => document.kind === kind);
  const named = mergePatch(example, { metadata: { name: rule } });
  return mergePatch(named, patch) as KubeObject;
}

function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

async function run(file: string): Promise<{ code: number; out: string }> {
  let out = '';
  const stdout = new Writable({
    write(chunk, _, done) {
      out += String(chunk);
      done();
    },
  });
  const { signal } = new AbortController();
  const context = { env: {}, stdin: Readable.from([]), stdout, stderr: stdout, signal };
  const code = await validate(context, { filename: [file], systemNamespace: 'kserve' });
  return { code, out };
}

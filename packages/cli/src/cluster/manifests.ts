import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { KubeObject } from '@weir/api/meta';
import { toError } from '@weir/core/errors';
import {
  type DocumentOptions,
  type ParseOptions,
  parseAllDocuments,
  type ScalarTag,
  type SchemaOptions,
  type Tags,
} from 'yaml';
import { cliErrors } from '../errors.ts';

/** Manifests of one file may hold this much text. */
const maxBytes = 16 * 1024 * 1024;

/** `0o17`, which kubectl reads as octal and YAML 1.1 does not. */
const octalTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  identify: () => false,
  default: true,
  test: /^0o[0-7]+$/,
  resolve: (text) => Number.parseInt(text.slice(2), 8),
};

/** A number has digits before its exponent: `e2` is a name. */
const exponent = /^[-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)[eE][-+]?[0-9]+$/;

/** Reads YAML as kubectl does: mostly YAML 1.1, without time stamps and sexagesimal numbers. */
const kubectlYaml: ParseOptions & DocumentOptions & SchemaOptions = {
  version: '1.1',
  schema: 'yaml-1.1',
  customTags: (tags: Tags) => [
    octalTag,
    ...tags
      .filter(
        (tag) =>
          typeof tag === 'string' ||
          (!('format' in tag && tag.format === 'TIME') && tag.tag !== 'tag:yaml.org,2002:timestamp'),
      )
      .map((tag) =>
        typeof tag !== 'string' && 'format' in tag && tag.format === 'EXP' ? { ...tag, test: exponent } : tag,
      ),
  ],
  maxAliasCount: 1000,
} as ParseOptions & DocumentOptions & SchemaOptions;

/** Parses the documents of one text; `source` names it in errors. Empty documents are skipped, Lists unfolded. */
export function parseManifests(text: string, source: string): KubeObject[] {
  if (text.length > maxBytes) throw cliErrors.USAGE({ problem: `${source}: larger than ${maxBytes} bytes` });
  return parseAllDocuments(text, kubectlYaml).flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw cliErrors.USAGE({ problem: `${source}: ${readable(problem.message)}` });
    const value = toValue(document, source);
    return value === null || value === undefined ? [] : unfold(value, source);
  });
}

function toValue(document: { toJS(options: { maxAliasCount: number }): unknown }, source: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    throw cliErrors.USAGE({ problem: `${source}: ${readable(toError(error).message)}` });
  }
}

/** The parser finds out by its stack; nobody else should have to know. */
function readable(message: string): string {
  return message.replace('Maximum call stack size exceeded', 'nested too deeply');
}

function unfold(value: unknown, source: string): KubeObject[] {
  const object = value as KubeObject & { items?: unknown[] };
  if (
    typeof object !== 'object' ||
    typeof object.apiVersion !== 'string' ||
    typeof object.kind !== 'string'
  ) {
    throw cliErrors.USAGE({
      problem: `${source}: a document without apiVersion and kind is not a Kubernetes object`,
    });
  }
  if (object.kind.endsWith('List') && Array.isArray(object.items))
    return object.items.flatMap((item) => unfold(item, source));
  if (object.metadata?.name === undefined && object.metadata?.generateName === undefined) {
    throw cliErrors.USAGE({ problem: `${source}: ${object.kind} without metadata.name` });
  }
  return [object];
}

/** Reads a file, a folder (its .yaml, .yml and .json files) or standard input (`-`). */
export async function readManifests(file: string, stdin: NodeJS.ReadableStream): Promise<KubeObject[]> {
  if (file === '-') return parseManifests(await readAll(stdin), 'standard input');
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) throw cliErrors.USAGE({ problem: `the path "${file}" does not exist` });
  const files = stat.isDirectory()
    ? readdirSync(file)
        .filter((name) => /\.(ya?ml|json)$/.test(name))
        .sort()
        .map((name) => path.join(file, name))
    : [file];
  return files.flatMap((name) => parseManifests(readFileSync(name, 'utf8'), name));
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > maxBytes) throw cliErrors.USAGE({ problem: `standard input: larger than ${maxBytes} bytes` });
  }
  return Buffer.concat(chunks).toString('utf8');
}

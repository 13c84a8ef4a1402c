import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Model } from './model.ts';

/** Sampling settings for requests that do not name their own. */
export interface GenerationDefaults {
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly minP: number;
  readonly repetitionPenalty: number;
  /** Null: what is left of the context (chat) or 16 (completions). */
  readonly maxTokens: number | null;
}

const neutral: GenerationDefaults = {
  temperature: 1,
  topP: 1,
  topK: 0,
  minP: 0,
  repetitionPenalty: 1,
  maxTokens: null,
};

/**
 * Settings that models of this size need to stay on the subject, by `general.basename`: GGUF files carry none. They
 * are those of the model's authors.
 */
const knownModels: Readonly<Record<string, Partial<GenerationDefaults>>> = {
  smollm2: { temperature: 0.2, topP: 0.9 },
};

/**
 * Defaults in rising order: neutral, those known for the model, `generation_config.json`, `--override-generation-config`.
 * `source` is `auto` (the model's folder), `vllm` (neutral) or a folder.
 */
export async function loadGenerationDefaults(
  model: Model,
  source: string,
  modelFolder: string,
  overrides: Readonly<Record<string, unknown>>,
): Promise<GenerationDefaults> {
  if (source === 'vllm') return { ...neutral, ...fromConfig(overrides) };
  const name = String(model.header.metadata.get('general.basename') ?? '').toLowerCase();
  const config = await readConfig(source === 'auto' ? modelFolder : source, source !== 'auto');
  return { ...neutral, ...knownModels[name], ...fromConfig(config), ...fromConfig(overrides) };
}

async function readConfig(folder: string, isRequired: boolean): Promise<Readonly<Record<string, unknown>>> {
  const file = path.join(folder, 'generation_config.json');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if (isRequired) throw new Error(`--generation-config: cannot read ${file}`, { cause });
    return '{}';
  });
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Error(`${file} is not a JSON object`);
}

function fromConfig(config: Readonly<Record<string, unknown>>): Partial<GenerationDefaults> {
  const names = {
    temperature: 'temperature',
    top_p: 'topP',
    top_k: 'topK',
    min_p: 'minP',
    repetition_penalty: 'repetitionPenalty',
    max_new_tokens: 'maxTokens',
  } as const;
  const entries = Object.entries(names).flatMap(([key, name]) => {
    const value = config[key];
    return typeof value === 'number' && Number.isFinite(value) ? [[name, value] as const] : [];
  });
  return Object.fromEntries(entries);
}

import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defineErrors } from '@weir/core/errors';
import { generateTinyRandom } from '../gguf/tiny-random.ts';

const modelErrors = defineErrors('MODEL', {
  MISSING: {
    status: 404,
    message:
      'model {model} does not exist — give a folder that holds a .gguf file, a .gguf file, or {builtin}',
    docs: 'The path of the model names nothing.',
  },
  NO_GGUF: {
    status: 404,
    message: 'folder {model} holds no .gguf file (found: {found}) — the CPU engine loads GGUF weights only',
    docs: 'The model was downloaded in another format.',
  },
  AMBIGUOUS: {
    status: 400,
    message: 'folder {model} holds several .gguf files ({found}) — name one of them or call it model.gguf',
    docs: 'The engine does not guess which quantisation is meant.',
  },
});

export interface ModelSource {
  readonly file: string;
  /** Folder made for this process only, to be removed at its end. */
  readonly temporaryFolder: string | null;
  /** URI used in place of the one asked for. */
  readonly substituted: string | null;
}

export const builtinModel = 'builtin://tiny-random';

/** Finds the weights: a folder, a file, or the built-in model, which is generated. */
export async function findModel(model: string): Promise<ModelSource> {
  if (model === builtinModel) return generateBuiltin();
  const found = await stat(model).catch(() => null);
  if (found === null) throw modelErrors.MISSING({ model, builtin: builtinModel });
  const file = found.isDirectory() ? path.join(model, await pickFile(model)) : model;
  return { file, temporaryFolder: null, substituted: await readSubstitution(path.dirname(file)) };
}

async function generateBuiltin(): Promise<ModelSource> {
  const temporaryFolder = await mkdtemp(path.join(tmpdir(), 'weir-tiny-random-'));
  const file = path.join(temporaryFolder, 'model.gguf');
  await generateTinyRandom(file);
  return { file, temporaryFolder, substituted: null };
}

async function pickFile(folder: string): Promise<string> {
  const names = await readdir(folder);
  const candidates = names.filter((name) => name.toLowerCase().endsWith('.gguf')).sort();
  if (candidates.includes('model.gguf')) return 'model.gguf';
  // The parts of a split model name each other: llama.cpp opens them from the first.
  if (candidates.every((name) => /-\d{5}-of-\d{5}\.gguf$/i.test(name)) && candidates[0] !== undefined) {
    return candidates[0];
  }
  if (candidates.length > 1) throw modelErrors.AMBIGUOUS({ model: folder, found: candidates.join(', ') });
  const [only] = candidates;
  if (only !== undefined) return only;
  const found = names.slice(0, 8).join(', ') || 'nothing';
  throw modelErrors.NO_GGUF({ model: folder, found });
}

/** The storage initializer notes beside the weights what it fetched instead of what was asked for. */
async function readSubstitution(folder: string): Promise<string | null> {
  const text = await readFile(path.join(folder, '.weir-model.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const note: unknown = JSON.parse(text);
    const uri = typeof note === 'object' && note !== null && 'substituted' in note ? note.substituted : null;
    return typeof uri === 'string' && /^[\x20-\x7e]{1,1024}$/.test(uri) ? uri : null;
  } catch {
    return null;
  }
}

import { flags } from './flags.ts';

/** `--help`: every flag by what becomes of it. */
export function helpText(): string {
  const names = (type: string): string =>
    [...flags.values()]
      .filter(({ effect }) => effect.type === type)
      .map(({ name }) => `  --${name}`)
      .join('\n');
  return `usage: vllm serve MODEL [flags]

MODEL is a folder that holds model.gguf (or one .gguf file), a .gguf file, or builtin://tiny-random.

flags with effect:
${names('used')}

accepted without effect (logged once):
${names('ignored')}

accepted only with the value this engine works with:
${names('only')}
`;
}

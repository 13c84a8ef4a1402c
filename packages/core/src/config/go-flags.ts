import { WeirError } from '../errors/index.ts';
import { unknownKeyMessage } from './messages.ts';

/** One flag of a role. A flag without effect in this version is declared with `notBuilt` and refused when given. */
export type FlagDefinition =
  | {
      readonly type: 'string' | 'number' | 'boolean';
      readonly default?: string | number | boolean;
      readonly help: string;
    }
  | { readonly type: 'notBuilt'; readonly help: string };

export type FlagValues = ReadonlyMap<string, string | number | boolean>;

/**
 * Parses flags as Go programs do: `--name value`, `--name=value`, one dash or two, booleans without a value. Unknown
 * flags, missing values and flags that are not built are errors that name the flag. Arguments after `--` or without a
 * dash are refused: no role takes any.
 */
export function parseGoFlags(
  program: string,
  argv: readonly string[],
  definitions: Readonly<Record<string, FlagDefinition>>,
): FlagValues {
  const values = new Map<string, string | number | boolean>();
  for (const [name, definition] of Object.entries(definitions)) {
    if (definition.type !== 'notBuilt' && definition.default !== undefined)
      values.set(name, definition.default);
  }
  for (let i = 0; i < argv.length; i++) {
    const [, name = '', inline] = /^--?([\w.-]+)(?:=(.*))?$/s.exec(argv[i] ?? '') ?? [];
    if (name === '') throw usage(program, `unexpected argument "${argv[i]}"`);
    const definition = definitions[name];
    if (definition === undefined)
      throw usage(
        program,
        unknownKeyMessage(
          'flag',
          `--${name}`,
          Object.keys(definitions).map((known) => `--${known}`),
        ),
      );
    if (definition.type === 'notBuilt')
      throw usage(program, `--${name} is not built yet in this version: ${definition.help}`);
    if (definition.type === 'boolean') {
      values.set(name, booleanOf(program, name, inline ?? 'true'));
      continue;
    }
    const text = inline ?? argv[++i];
    if (text === undefined) throw usage(program, `--${name} needs a value`);
    values.set(name, definition.type === 'number' ? numberOf(program, name, text) : text);
  }
  return values;
}

/** Help text: one line per flag with its default. */
export function goFlagsHelp(
  program: string,
  summary: string,
  definitions: Readonly<Record<string, FlagDefinition>>,
): string {
  const lines = Object.entries(definitions)
    .filter(([, definition]) => definition.type !== 'notBuilt')
    .map(([name, definition]) => {
      const value =
        definition.type === 'boolean' || definition.type === 'notBuilt' ? '' : ` <${definition.type}>`;
      const byDefault =
        definition.type === 'notBuilt' || definition.default === undefined
          ? ''
          : ` (default ${definition.default})`;
      return `  ${`--${name}${value}`.padEnd(34)} ${definition.help}${byDefault}`;
    });
  return `Usage: ${program} [flags]\n\n${summary}\n\nFlags:\n${lines.join('\n')}\n`;
}

function booleanOf(program: string, name: string, text: string): boolean {
  if (['true', 't', '1', 'TRUE', 'True'].includes(text)) return true;
  if (['false', 'f', '0', 'FALSE', 'False'].includes(text)) return false;
  throw usage(program, `--${name}: "${text}" is neither true nor false`);
}

function numberOf(program: string, name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw usage(program, `--${name}: "${text}" is not a number`);
  return value;
}

function usage(program: string, problem: string): WeirError {
  return new WeirError('CONFIG_USAGE', 400, `${program}: ${problem} — see \`${program} --help\``);
}

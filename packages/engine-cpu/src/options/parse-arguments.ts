import { nearest } from '@weir/core/errors';
import { type Flag, flags, shortFlags } from './flags.ts';

export interface Arguments {
  /** Positional model, or null when `--model` gives it or nothing does. */
  readonly model: string | null;
  /** Values of used flags; the last occurrence wins. A switch has an empty list. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Flags without effect here, as they were written. */
  readonly ignored: readonly string[];
}

/** A command line this engine does not accept; the process exits with 2, as argparse does. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Reads the arguments behind `serve`. Accepts `--flag value`, `--flag=value` and underscores, as vLLM's parser does. */
export function parseArguments(argv: readonly string[]): Arguments {
  const values = new Map<string, readonly string[]>();
  const ignored: string[] = [];
  const positionals: string[] = [];
  const unknown: string[] = [];
  let i = 0;
  while (i < argv.length) {
    const argument = argv[i++] ?? '';
    if (!isFlag(argument)) {
      // A shell template may leave empty arguments where an option was switched off.
      if (argument !== '') positionals.push(argument);
      continue;
    }
    const { name, inline } = splitFlag(argument);
    const flag = flags.get(name);
    if (flag === undefined) {
      unknown.push(argument);
      continue;
    }
    const taken = inline === null ? takeValues(flag, argv, i) : [inline];
    if (inline === null) i += taken.length;
    if (flag.arity === 'switch' && inline !== null)
      throw new UsageError(`argument --${name}: takes no value`);
    apply(flag, taken, values, ignored);
  }
  if (positionals.length > 1) unknown.push(...positionals.slice(1));
  if (unknown.length > 0) throw new UsageError(unrecognized(unknown));
  return { model: positionals[0] ?? null, values, ignored };
}

function isFlag(argument: string): boolean {
  return /^-[-A-Za-z]/.test(argument);
}

function splitFlag(argument: string): { name: string; inline: string | null } {
  const equals = argument.indexOf('=');
  const spelled = equals < 0 ? argument : argument.slice(0, equals);
  const name = shortFlags[spelled] ?? spelled.replace(/^--/, '').replaceAll('_', '-');
  return { name, inline: equals < 0 ? null : argument.slice(equals + 1) };
}

function takeValues(flag: Flag, argv: readonly string[], from: number): string[] {
  if (flag.arity === 'switch') return [];
  const taken: string[] = [];
  for (let i = from; i < argv.length && (flag.arity === 'list' || taken.length === 0); i++) {
    const value = argv[i] ?? '';
    if (isFlag(value)) break;
    taken.push(value);
  }
  if (taken.length === 0) throw new UsageError(`argument --${flag.name}: expected one argument`);
  return taken;
}

function apply(
  flag: Flag,
  taken: readonly string[],
  values: Map<string, readonly string[]>,
  ignored: string[],
): void {
  const { effect, name } = flag;
  switch (effect.type) {
    case 'used':
      values.set(name, taken);
      return;
    case 'ignored':
      ignored.push([`--${name}`, ...(name === 'hf-token' ? [] : taken)].join(' '));
      return;
    case 'only':
      if (effect.values.includes(taken[0] ?? '')) return;
      throw new UsageError(
        `argument --${name}: ${taken[0]} is not supported: ${effect.reason} — use ${effect.values.join(' or ')}`,
      );
    case 'refused':
      throw new UsageError(`argument --${name} is not supported: ${effect.reason}`);
  }
}

function unrecognized(unknown: readonly string[]): string {
  const hints = unknown.filter(isFlag).flatMap((argument) => {
    const known = nearest(splitFlag(argument).name, flags.keys());
    return known === null ? [] : [`--${known}`];
  });
  const hint = hints.length === 0 ? '' : ` — did you mean ${hints.join(', ')}?`;
  return `unrecognized arguments: ${unknown.join(' ')}${hint}`;
}

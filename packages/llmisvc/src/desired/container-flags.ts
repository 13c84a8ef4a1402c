import type { Container } from '@weir/api/workloads';

/** Command-line flags in Go's style: one dash or two, the value after `=` or as the next argument. */
interface FlagsTaken {
  readonly containers: Container[];
  /** Values by name, without dashes; a flag without a value is `true`. */
  readonly flags: Readonly<Record<string, string>>;
}

/** Takes flags out of the commands and arguments of containers. */
export function takeFlags(containers: readonly Container[], names: ReadonlySet<string>): FlagsTaken {
  const flags: Record<string, string> = {};
  if (names.size === 0) return { containers: [...containers], flags };
  const without = (list: string[] | undefined): string[] | undefined => {
    const { rest, taken } = takeFrom(list ?? [], names);
    Object.assign(flags, taken);
    return list === undefined || rest.length === list.length ? list : rest;
  };
  return {
    flags,
    containers: containers.map((container) => {
      const [command, args] = [without(container.command), without(container.args)];
      return {
        ...container,
        ...(command === undefined ? {} : { command }),
        ...(args === undefined ? {} : { args }),
      };
    }),
  };
}

function takeFrom(list: readonly string[], names: ReadonlySet<string>) {
  const rest: string[] = [];
  const taken: Record<string, string> = {};
  for (let i = 0; i < list.length; i++) {
    const argument = list[i] ?? '';
    const [, name = '', value] = /^--?([\w-]+)(?:=(.*))?$/s.exec(argument) ?? [];
    const next = list[i + 1];
    if (!names.has(name)) rest.push(argument);
    else if (value !== undefined) taken[name] = value;
    else if (next === undefined || next === '' || next.startsWith('-')) taken[name] = 'true';
    else {
      taken[name] = next;
      i++;
    }
  }
  return { rest, taken };
}

/** Whether a flag is given, with one dash or two. */
export function hasFlag({ command = [], args = [] }: Container, name: string): boolean {
  return [...command, ...args].some((argument) => {
    const [, found] = /^--?([\w-]+)(?:=|$)/.exec(argument) ?? [];
    return found === name;
  });
}

import type { ContainerSpec, Recovered, RecoverOptions, RunningContainer, Survivor } from './contracts.ts';
import { endOrphans } from './end-orphans.ts';
import { readEnvironment } from './process-info.ts';
import type { FoundContainer, ProcessTable } from './process-table.ts';

/** Takes over, by `adopt`, what is useful of a previous life, and ends what is left of the rest. */
export async function recover(
  table: ProcessTable,
  { isUseful, graceMs }: RecoverOptions,
  adopt: (found: FoundContainer, spec: ContainerSpec) => RunningContainer,
): Promise<Recovered> {
  const rest: FoundContainer[] = [];
  const survivors: Survivor[] = [];
  for (const found of table.find()) {
    const { podUid, container, attempt, pid, spec } = found.record;
    const identity = { podUid, container, attempt, pid };
    const env = found.pids.includes(pid) ? environmentOf(pid) : {};
    if (found.pids.includes(pid) && isUseful(identity, env))
      survivors.push({ ...identity, running: adopt(found, { ...spec, env }) });
    else rest.push(found);
  }
  return { survivors, orphans: await endOrphans(table, rest, graceMs) };
}

function environmentOf(pid: number): Record<string, string> {
  return Object.fromEntries(
    (readEnvironment(pid) ?? []).flatMap((variable) => {
      const at = variable.indexOf('=');
      return at <= 0 ? [] : [[variable.slice(0, at), variable.slice(at + 1)]];
    }),
  );
}

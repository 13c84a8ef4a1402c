import { arch, cpus, loadavg } from 'node:os';

/** What figures were taken on; `load` is the load average of the last minute, 0 on an idle machine. */
export interface Machine {
  readonly cpu: string | undefined;
  readonly cores: number;
  readonly arch: string;
  readonly load: number | undefined;
  /** Version of Node, as `v20.20.2`. */
  readonly node: string;
}

export function describeMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model,
    cores: all.length,
    arch: arch(),
    load: loadavg()[0],
    node: process.version,
  };
}

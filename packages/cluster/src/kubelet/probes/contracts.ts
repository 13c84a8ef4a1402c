import type { ExecResult } from '../../runtime/index.ts';

export interface ProbeResult {
  readonly isSuccess: boolean;
  /** For the event and the log; kubelet's wording. */
  readonly message: string;
}

/** What a probe or hook of a container is carried out against. */
export interface ProbeTarget {
  readonly podIP: string;
  /** Resolves a port name of the container. */
  port(port: number | string): number;
  exec(argv: readonly string[], options: { readonly timeoutMs: number }): Promise<ExecResult>;
}

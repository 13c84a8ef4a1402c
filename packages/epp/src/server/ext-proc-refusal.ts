import type { Logger } from '@weir/core/log';

const process = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';

/** Time between log lines: a proxy may try for every request. */
const quietMs = 60_000;

/**
 * What Envoy-based gateways are told when they open an ext-proc stream, and the log with them. Their failure mode
 * decides what becomes of the request.
 */
export function extProcRefusal(log: Logger): (path: string) => string {
  let quietUntilMs = 0;
  return (path) => {
    if (path !== process) return `no method ${path} is served here`;
    const nowMs = performance.now();
    if (nowMs >= quietUntilMs) {
      quietUntilMs = nowMs + quietMs;
      log.warn('ext-proc was asked for and is not built yet: answered UNIMPLEMENTED', {
        hint: 'route through a gateway of class weir, which picks in process',
      });
    }
    return 'ext-proc is not built yet in this endpoint picker';
  };
}

import { onAbort } from '@weir/kube';
import { GrpcError, type GrpcHandlers, grpcStatus } from './grpc.ts';

export interface HealthSource {
  /** False: the service is answered with SERVICE_UNKNOWN. */
  isKnown(service: string): boolean;
  /** True while the service may be given work. `liveness` is asked for by the kubelet's liveness probe. */
  isServing(service: string): boolean;
  /** Calls back on every change until the signal fires. */
  onChange(listener: () => void, signal: AbortSignal): void;
}

const serving = 1;
const notServing = 2;
const serviceUnknown = 3;
/** Services that `List` names; `Check` answers for any name, as llm-d does without leader election. */
const listed = ['', 'liveness', 'readiness', 'envoy.service.ext_proc.v3.ExternalProcessor'];

/** `grpc.health.v1.Health`: Check, Watch and List. */
export function healthHandlers(source: HealthSource): GrpcHandlers {
  const status = (service: string) => {
    if (!source.isKnown(service)) return serviceUnknown;
    return source.isServing(service) ? serving : notServing;
  };
  return {
    '/grpc.health.v1.Health/Check': async function* (message) {
      yield encodeStatus(status(decodeService(message)));
    },
    '/grpc.health.v1.Health/Watch': async function* (message, signal) {
      const service = decodeService(message);
      let last = 0;
      while (!signal.aborted) {
        const now = status(service);
        if (now !== last) yield encodeStatus(now);
        last = now;
        await nextChange(source, signal);
      }
    },
    '/grpc.health.v1.Health/List': async function* () {
      yield Buffer.concat(listed.map((service) => encodeEntry(service, status(service))));
    },
  };
}

async function nextChange(source: HealthSource, signal: AbortSignal): Promise<void> {
  const wait = new AbortController();
  const stop = () => wait.abort();
  onAbort(signal, stop);
  await new Promise<void>((resolve) => {
    source.onChange(resolve, wait.signal);
    onAbort(wait.signal, resolve);
  });
  signal.removeEventListener('abort', stop);
  wait.abort();
}

/** HealthCheckRequest { string service = 1; } — at most one field, shorter than 128 bytes in practice. */
function decodeService(message: Uint8Array): string {
  if (message.length === 0) return '';
  const length = message[1] ?? 0;
  if (message[0] !== 0x0a || length > 127 || message.length !== 2 + length) {
    throw new GrpcError(grpcStatus.invalidArgument, 'not a health check request');
  }
  return Buffer.from(message.subarray(2)).toString('utf8');
}

/** HealthCheckResponse { ServingStatus status = 1; } */
function encodeStatus(status: number): Uint8Array {
  return Uint8Array.of(0x08, status);
}

/** One entry of HealthListResponse { map<string, HealthCheckResponse> statuses = 1; } */
function encodeEntry(service: string, status: number): Uint8Array {
  const name = Buffer.from(service);
  const entry = Buffer.concat([Buffer.from([0x0a, name.length]), name, Buffer.from([0x12, 2, 0x08, status])]);
  return Buffer.concat([Buffer.from([0x0a, entry.length]), entry]);
}

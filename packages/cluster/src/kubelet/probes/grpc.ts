import { connect, constants } from 'node:http2';
import type { GRPCAction } from '@weir/api/workloads';
import type { ProbeResult, ProbeTarget } from './contracts.ts';

const path = '/grpc.health.v1.Health/Check';
const serving = 1;
const statusNames = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const maxReplyBytes = 1024;

/** The standard health check over cleartext HTTP/2; SERVING is success. */
export function probeGrpc(action: GRPCAction, target: ProbeTarget, timeoutMs: number): Promise<ProbeResult> {
  const authority = `${target.podIP}:${action.port}`;
  return new Promise((resolve) => {
    const session = connect(`http://${authority}`);
    const settle = (isSuccess: boolean, message: string): void => {
      clearTimeout(timer);
      session.destroy();
      resolve({ isSuccess, message });
    };
    const timer = setTimeout(
      () => settle(false, `timeout: failed to connect service "${authority}" within ${timeoutMs / 1000}s`),
      timeoutMs,
    );
    const fail = (error: Error): void =>
      settle(false, `error: failed to connect service "${authority}": ${error.message}`);
    session.on('error', fail);
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: path,
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': `${timeoutMs}m`,
      'user-agent': 'kube-probe/1.34',
    });
    const reply: Buffer[] = [];
    let replyBytes = 0;
    let grpcStatus = '';
    const readStatus = (headers: Record<string, unknown>): void => {
      if (headers['grpc-status'] !== undefined) grpcStatus = String(headers['grpc-status']);
    };
    stream.on('response', readStatus);
    stream.on('trailers', readStatus);
    stream.on('data', (chunk: Buffer) => {
      replyBytes += chunk.length;
      if (replyBytes > maxReplyBytes) fail(new Error('reply too long'));
      else reply.push(chunk);
    });
    // The session's error says more; it follows in the same turn.
    stream.once('error', (error) => setImmediate(() => fail(error)));
    stream.once('end', () => {
      const status = parseReply(Buffer.concat(reply));
      if (grpcStatus === '0' && status === serving) settle(true, 'service healthy');
      else if (grpcStatus === '0')
        settle(false, `service unhealthy (responded with "${statusNames[status] ?? 'UNKNOWN'}")`);
      else settle(false, `error: health rpc failed with gRPC status ${grpcStatus || 'missing'}`);
    });
    stream.end(encodeRequest(action.service ?? ''));
  });
}

/** HealthCheckRequest { string service = 1 } in a gRPC frame. */
function encodeRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a]), varint(name.length), name]);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** HealthCheckResponse { ServingStatus status = 1 }: the value, 0 when it is left out. */
function parseReply(frame: Buffer): number {
  return frame.length >= 7 && frame[5] === 0x08 ? (frame[6] ?? 0) : 0;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}

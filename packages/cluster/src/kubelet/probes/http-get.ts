import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { HTTPGetAction } from '@weir/api/workloads';
import type { ProbeResult, ProbeTarget } from './contracts.ts';

const maxBodyBytes = 10 * 1024;

/** GET; 200–399 is success. Certificates are not checked: a probe asks for life, not for identity. */
export function probeHttp(
  action: HTTPGetAction,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeResult> {
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  const host = action.host || target.podIP;
  const path = `/${(action.path ?? '/').replace(/^\/+/, '')}`;
  const url = `${scheme}://${host}:${target.port(action.port)}${path}`;
  const send = scheme === 'https' ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const fail = (reason: string): void => resolve({ isSuccess: false, message: `Get "${url}": ${reason}` });
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const request = send(
        url,
        { agent: false, rejectUnauthorized: false, headers: headersOf(action), signal },
        (response) => {
          const status = response.statusCode ?? 0;
          const isSuccess = status >= 200 && status < 400;
          drain(response);
          resolve({
            isSuccess,
            message: isSuccess ? `${status}` : `HTTP probe failed with statuscode: ${status}`,
          });
        },
      );
      request.on('error', (error) =>
        fail(
          signal.aborted
            ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
            : error.message,
        ),
      );
      request.end();
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error));
    }
  });
}

function headersOf(action: HTTPGetAction): Record<string, string> {
  const headers: Record<string, string> = {
    'user-agent': 'kube-probe/1.34',
    accept: '*/*',
    connection: 'close',
  };
  for (const { name, value } of action.httpHeaders ?? []) headers[name.toLowerCase()] = value;
  return headers;
}

/** Reads a short body so that the server sees an orderly end, and cuts a long one. */
function drain(response: IncomingMessage): void {
  let seen = 0;
  response.on('data', (chunk: Buffer) => {
    seen += chunk.length;
    if (seen > maxBodyBytes) response.destroy();
  });
  response.on('error', () => {});
}

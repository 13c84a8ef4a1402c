import { droppedReasonHeader, requestIdHeader } from '@weir/wire/headers';

export interface ErrorReply {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly param?: string;
  readonly droppedReason?: string;
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ReplyContext {
  readonly requestId: string;
  /** Path of the request; Anthropic's API has its own error shape. */
  readonly path: string;
  readonly method: string;
  readonly closes: boolean;
}

/** A complete error answer as HTTP/1.1 text, in the shape that the clients of the path expect. */
export function formatErrorReply(error: ErrorReply, context: ReplyContext): string {
  const body = errorBody(error, context.path);
  const lines = [
    `HTTP/1.1 ${error.status} ${reasonPhrase(error.status)}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    `${requestIdHeader}: ${context.requestId}`,
  ];
  if (error.droppedReason !== undefined) lines.push(`${droppedReasonHeader}: ${error.droppedReason}`);
  if (error.retryAfterSeconds !== undefined) lines.push(`retry-after: ${error.retryAfterSeconds}`);
  for (const [name, value] of Object.entries(error.headers ?? {})) {
    if (name !== droppedReasonHeader) lines.push(`${name}: ${value}`);
  }
  lines.push(context.closes ? 'connection: close' : 'connection: keep-alive');
  return `${lines.join('\r\n')}\r\n\r\n${context.method === 'HEAD' ? '' : body}`;
}

/** The JSON of an error, in ASCII: its length in characters is its length in bytes. */
export function errorBody(error: ErrorReply, path: string): string {
  const type = errorType(error.status);
  const shape = path.includes('/v1/messages')
    ? { type: 'error', error: { type, message: error.message } }
    : { error: { message: error.message, type, param: error.param ?? null, code: error.code } };
  return toAscii(JSON.stringify(shape));
}

function errorType(status: number): string {
  if (status === 429) return 'rate_limit_error';
  if (status === 404) return 'not_found_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}

function toAscii(json: string): string {
  return json.replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const phrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  414: 'URI Too Long',
  417: 'Expectation Failed',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
};

function reasonPhrase(status: number): string {
  return phrases[status] ?? 'Error';
}

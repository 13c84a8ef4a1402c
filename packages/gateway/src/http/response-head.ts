import { connectionOptions, type Fields, HttpError, parseFields } from './fields.ts';

export interface ResponseHead extends Fields {
  readonly status: number;
  readonly reason: string;
  readonly framing: ResponseFraming;
  /** The upstream allows another request on this connection. */
  readonly keepAlive: boolean;
}

export type ResponseFraming =
  | { readonly type: 'none' }
  | { readonly type: 'length'; readonly length: number }
  | { readonly type: 'chunked' }
  | { readonly type: 'until-close' };

/** Parses a response head without its final empty line; `method` decides whether there is a body. Throws `HttpError` 502. */
export function parseResponseHead(text: string, method: string, maxFields: number): ResponseHead {
  const lineEnd = text.indexOf('\r\n');
  const line = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: ([\t -~\x80-\xff]*))?$/.exec(
    lineEnd < 0 ? text : text.slice(0, lineEnd),
  );
  if (line === null) throw badGateway('its status line is not HTTP/1.1');
  const status = Number(line[2]);
  const fields = parseUpstreamFields(text, lineEnd, maxFields);
  const framing = responseFraming(fields, status, method);
  const options = connectionOptions(fields);
  const isPersistent = line[1] === '1' ? !options.includes('close') : options.includes('keep-alive');
  return {
    status,
    reason: line[3] ?? '',
    names: fields.names,
    values: fields.values,
    framing: framing.framing,
    keepAlive: isPersistent && !framing.isAmbiguous && framing.framing.type !== 'until-close',
  };
}

function parseUpstreamFields(text: string, lineEnd: number, maxFields: number): Fields {
  if (lineEnd < 0) return { names: [], values: [] };
  try {
    return parseFields(text, lineEnd + 2, text.length, maxFields);
  } catch (error) {
    throw badGateway(error instanceof Error ? error.message : 'its header is malformed');
  }
}

/** `isAmbiguous`: both framings were stated; chunked wins, and the connection must not be used again. */
function responseFraming(
  fields: Fields,
  status: number,
  method: string,
): { framing: ResponseFraming; isAmbiguous: boolean } {
  let length: number | null = null;
  let encoding: string | null = null;
  for (let i = 0; i < fields.names.length; i++) {
    const value = fields.values[i] ?? '';
    if (fields.names[i] === 'content-length') {
      if (!/^[0-9]{1,15}$/.test(value)) throw badGateway('its Content-Length is not a number');
      if (length !== null && length !== Number(value))
        throw badGateway('it states two different Content-Lengths');
      length = Number(value);
    } else if (fields.names[i] === 'transfer-encoding') {
      encoding = encoding === null ? value.toLowerCase() : `${encoding}, ${value.toLowerCase()}`;
    }
  }
  const isAmbiguous = encoding !== null && length !== null;
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) {
    return { framing: { type: 'none' }, isAmbiguous };
  }
  if (encoding !== null) {
    if (encoding !== 'chunked') throw badGateway(`its Transfer-Encoding "${encoding}" is not supported`);
    return { framing: { type: 'chunked' }, isAmbiguous };
  }
  if (length === null) return { framing: { type: 'until-close' }, isAmbiguous };
  return { framing: length === 0 ? { type: 'none' } : { type: 'length', length }, isAmbiguous };
}

function badGateway(what: string): HttpError {
  return new HttpError(
    502,
    'upstream_protocol_error',
    `the model server's answer is not valid HTTP: ${what}`,
  );
}

/** What went wrong on the way to a webhook, in the words that users of Kubernetes know from Go's HTTP client. */
export function connectionProblem(
  error: NodeJS.ErrnoException,
  asked: { readonly hostname: string; readonly port: number },
): string {
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'context deadline exceeded';
  const { address, port } = error as { address?: string; port?: number };
  const target = `${address ?? asked.hostname}:${port ?? asked.port}`;
  switch (error.code) {
    case 'ECONNREFUSED':
      return `dial tcp ${target}: connect: connection refused`;
    case 'EHOSTUNREACH':
      return `dial tcp ${target}: connect: no route to host`;
    case 'ENETUNREACH':
      return `dial tcp ${target}: connect: network is unreachable`;
    case 'ETIMEDOUT':
      return `dial tcp ${target}: connect: connection timed out`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${asked.hostname}: no such host`;
    case 'ECONNRESET':
    case 'EPIPE':
      return 'EOF';
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return 'http: server gave HTTP response to HTTPS client';
    default:
      return certificateProblem(error, asked.hostname) ?? error.message;
  }
}

const unknownAuthority: readonly string[] = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
];

function certificateProblem(error: NodeJS.ErrnoException, hostname: string): string | null {
  const start = 'tls: failed to verify certificate: x509:';
  const code = error.code ?? '';
  if (unknownAuthority.includes(code)) return `${start} certificate signed by unknown authority`;
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return `${start} certificate has expired or is not yet valid`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `${start} ${wrongName(error, hostname)}`;
  return null;
}

function wrongName(error: Error, host: string): string {
  const { cert } = error as { cert?: { subjectaltname?: string } };
  const names = (cert?.subjectaltname ?? '')
    .split(', ')
    .map((name) => name.replace(/^(DNS|IP Address):/, ''))
    .filter((name) => name !== '');
  if (names.length === 0) return `certificate is not valid for any names, but wanted to match ${host}`;
  return `certificate is valid for ${names.join(', ')}, not ${host}`;
}

const meaning: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  409: 'the server reported a conflict',
  422: 'the server rejected our request due to an error in our request',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};

/** Why an answer of this HTTP status is no answer, or null. */
export function answerProblem(code: number, contentType: string, body: Buffer): string | null {
  if (code >= 200 && code <= 206) return null;
  const isText = contentType === '' || contentType.startsWith('text/');
  const said = isText ? body.toString().trim() : 'unknown';
  if (code === 403 || code === 415) return said;
  if (code === 406)
    return said === '' || said === 'unknown'
      ? 'the server was unable to respond with a content type that the client supports'
      : said;
  const known = meaning[code];
  if (known !== undefined) return known;
  return code >= 500
    ? `an error on the server (${JSON.stringify(said)}) has prevented the request from succeeding`
    : `the server responded with the status code ${code} but did not return more information`;
}

import { expect, test } from 'vitest';
import { exchangeRaw, rawClient } from '../testing/backend.ts';
import { putRoute, putService } from '../testing/cluster.ts';
import { useTestScope } from '../testing/scope.ts';

const scope = useTestScope();

/** A gateway that sends everything to one backend, and what that backend saw. */
async function start(limits = {}) {
  const seen: string[] = [];
  const backend = await scope.http((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${body}`);
      response.end('ok');
    });
  });
  const { port } = await scope.cluster(
    (api) => {
      putService(api, 'model', [backend.port]);
      putRoute(api, 'route', [{ backendRefs: [{ name: 'model', port: 8000 }] }]);
    },
    { limits },
  );
  return { port, seen };
}

const head = 'POST /x HTTP/1.1\r\nHost: a\r\n';

test.each([
  [
    'Content-Length with Transfer-Encoding',
    `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['Content-Length twice', `${head}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`],
  ['a list of lengths', `${head}Content-Length: 1, 1\r\n\r\na`],
  ['a signed length', `${head}Content-Length: +1\r\n\r\na`],
  ['an overlong length', `${head}Content-Length: 0000000000000001\r\n\r\na`],
  ['a folded header', `${head}X: a\r\n b\r\n\r\n`],
  ['a space before the colon', `${head}Content-Length : 1\r\n\r\na`],
  ['an empty header name', `${head}: a\r\n\r\n`],
  ['a bare LF between headers', `POST /x HTTP/1.1\r\nHost: a\nX: b\r\n\r\n`],
  ['bare LFs only', `GET /x HTTP/1.1\nHost: a\n\n`],
  ['a bare CR in a value', `${head}X: a\rb\r\n\r\n`],
  ['a NUL in a value', `${head}X: a\0b\r\n\r\n`],
  ['two Host headers', `${head}Host: b\r\n\r\n`],
  ['no Host header', `GET / HTTP/1.1\r\n\r\n`],
  ['a space in the target', `GET /a b HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['a fragment in the target', `GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['a dot segment', `GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['an encoded dot segment', `GET /a/%2e%2E/b HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['chunks in HTTP/1.0', `POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['a TLS client hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['a chunk size that is no number', `${head}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`],
  ['a chunk size of nine digits', `${head}Transfer-Encoding: chunked\r\n\r\n000000001\r\na\r\n0\r\n\r\n`],
  ['a chunk longer than it says', `${head}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n`],
  ['a bare LF after a chunk size', `${head}Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n`],
])('%s is refused with 400, and the connection closes', async (_, bytes) => {
  const { port, seen } = await start();
  const reply = await exchangeRaw(port, bytes);
  expect(reply).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(reply).toMatch(/x-request-id: [0-9a-f]{30}\r\n/);
  expect(reply).toMatch(/"type":"invalid_request_error","param":null,"code":"malformed_http"/);
  expect(seen).toEqual([]);
});

test.each([
  ['another transfer coding', `${head}Transfer-Encoding: gzip, chunked\r\n\r\n`, 501],
  ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 405],
  ['another expectation', `${head}Expect: magic\r\nContent-Length: 1\r\n\r\na`, 417],
  ['HTTP/2.0 in text', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505],
  ['a target of 17 KB', `GET /${'a'.repeat(17_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
  ['a head of 70 KB', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(70_000)}\r\n\r\n`, 431],
  ['101 header fields', `GET / HTTP/1.1\r\nHost: a\r\n${'X: a\r\n'.repeat(100)}\r\n`, 431],
])('%s is refused with its own status', async (_, bytes, status) => {
  const { port, seen } = await start();
  expect(await exchangeRaw(port, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(seen).toEqual([]);
});

test('a body that is larger than the limit is refused before it is read', async () => {
  const { port, seen } = await start({ streamedBodyBytes: 1000 });
  expect(await exchangeRaw(port, `${head}Content-Length: 1001\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 /);
  expect(seen).toEqual([]);
});

test('a chunked body that grows past the limit is cut off with 413', async () => {
  const { port } = await start({ streamedBodyBytes: 10 });
  const bytes = `${head}Transfer-Encoding: chunked\r\n\r\n8\r\naaaaaaaa\r\n8\r\naaaaaaaa\r\n0\r\n\r\n`;
  expect(await exchangeRaw(port, bytes)).toMatch(/^HTTP\/1\.1 413 /);
});

test('a request that is cut at any byte arrives whole', async () => {
  const { port, seen } = await start();
  const bytes = `${head}Transfer-Encoding: chunked\r\nX-A: b\r\n\r\n3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n`;
  for (let cut = 1; cut < bytes.length; cut++) {
    const client = await rawClient(port);
    client.socket.write(bytes.slice(0, cut));
    await new Promise((resolve) => setImmediate(resolve));
    client.socket.write(bytes.slice(cut));
    await client.until('\r\n\r\nok');
    client.socket.destroy();
  }
  expect(new Set(seen)).toEqual(new Set(['POST /x abcde']));
  expect(seen).toHaveLength(bytes.length - 1);
});

test('pipelined requests are answered in order, one at a time', async () => {
  const { port, seen } = await start();
  const client = await rawClient(port);
  client.socket.write(
    `GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
  );
  await client.closed;
  expect(client.received().match(/HTTP\/1\.1 200/g)).toHaveLength(3);
  expect(seen).toEqual(['GET /1 ', 'POST /2 abc', 'GET /3 ']);
});

test('Expect: 100-continue is answered by the gateway and not passed on', async () => {
  const { port, seen } = await start();
  const client = await rawClient(port);
  client.socket.write(`${head}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n`);
  await client.until('HTTP/1.1 100 Continue\r\n\r\n');
  client.socket.write('hi');
  await client.until('\r\n\r\nok');
  expect(seen).toEqual(['POST /x hi']);
  client.socket.destroy();
});

test('a request head that does not arrive in time gets 408', async () => {
  const { port } = await start({ headTimeoutMs: 100 });
  expect(await exchangeRaw(port, 'GET / HTTP/1.1\r\nHost:')).toMatch(/^HTTP\/1\.1 408 /);
});

test('a request body that stalls gets 408', async () => {
  const { port, seen } = await start({ bodyIdleTimeoutMs: 100 });
  expect(await exchangeRaw(port, `${head}Content-Length: 10\r\n\r\nabc`)).toMatch(/^HTTP\/1\.1 408 /);
  expect(seen).toEqual([]);
});

import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultLimits } from './limits.ts';
import { parseRequestHead } from './request-head.ts';

/** The parser of Node itself (llhttp, strict), as a reference. */
let reference: Server;

beforeAll(async () => {
  reference = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { connection: 'close' }).end();
  });
  reference.on('clientError', (_, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => reference.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  reference.closeAllConnections();
  reference.close();
});

function isAcceptedByReference(head: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port: (reference.address() as AddressInfo).port, host: '127.0.0.1' });
    let reply = '';
    socket.on('data', (chunk) => {
      reply += chunk.toString('latin1');
      // A head that states a body is accepted when it is answered; the body may be awaited for ever.
      if (/ [24]00 /.test(reply)) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(!reply.includes(' 400 ')));
    socket.write(`${head}\r\n\r\n`, 'latin1');
  });
}

function isAccepted(head: string): boolean {
  try {
    parseRequestHead(head, defaultLimits);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ name: 'HttpError' });
    return false;
  }
}

const valid = [
  'POST /v1/chat/completions?a=b HTTP/1.1',
  'Host: localhost:7080',
  'Content-Type: application/json',
  'Content-Length: 12',
  'Accept: */*',
  'X-Request-Id: abc',
  'Connection: keep-alive',
].join('\r\n');

const chunked = valid.replace('Content-Length: 12', 'Transfer-Encoding: chunked');

test('no mutation of a valid head is accepted that the reference parser refuses', async () => {
  const byte = fc.constantFrom(...'\r\n\0\t :;,"/?#%\x7f\x80\xffaZ0'.split(''));
  const mutation = fc.record({
    at: fc.nat(valid.length - 1),
    kind: fc.constantFrom('replace', 'insert', 'delete'),
    byte,
  });
  const mutationLists = fc.array(mutation, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(valid, chunked), mutationLists, async (base, mutations) => {
      let head = base;
      for (const { at, kind, byte } of mutations) {
        const rest = head.slice(kind === 'insert' ? at : at + 1);
        head = head.slice(0, at) + (kind === 'delete' ? '' : byte) + rest;
      }
      // A head that a mutation ends early is another head and a body.
      head = head.split('\r\n\r\n', 1)[0] ?? '';
      if (isAccepted(head)) expect(await isAcceptedByReference(head), JSON.stringify(head)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('arbitrary text gives a head or an HTTP error, nothing else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => [true, false].includes(isAccepted(text))),
  );
});

test('an absolute target is split into authority and path', () => {
  const head = parseRequestHead('GET http://a.test:80?x=1 HTTP/1.1\r\nHost: b.test', defaultLimits);
  expect([head.host, head.target]).toEqual(['a.test:80', '/?x=1']);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rawClient } from '../testing/backend.ts';
import { putRoute, putService } from '../testing/cluster.ts';
import { useTestScope } from '../testing/scope.ts';

const scope = useTestScope();

const valid = (close: string) =>
  `POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n${close}\r\n3\r\nabc\r\n0\r\n\r\n`;

/** Bytes that are nearly right: pieces of a text, repeated, dropped and mixed with noise. */
function nearly(text: string): fc.Arbitrary<string> {
  const piece = fc.tuple(fc.nat(text.length), fc.nat(30)).map(([at, length]) => text.slice(at, at + length));
  const noise = fc.constantFrom(
    '\r\n',
    '\n',
    '\0',
    ':',
    '0\r\n\r\n',
    'Content-Length: 5\r\n',
    '\xff',
    'HTTP/1.1 ',
  );
  return fc
    .array(fc.oneof(piece, noise, fc.constant(text)), { minLength: 1, maxLength: 6 })
    .map((pieces) => pieces.join(''));
}

async function start(reply: () => string) {
  const backend = await scope.raw((socket) => {
    socket.on('data', () => {
      socket.write(reply(), 'latin1');
      if (Math.random() < 0.3) socket.end();
    });
  });
  const { port } = await scope.cluster(
    (api) => {
      putService(api, 'model', [backend.port]);
      putRoute(api, 'route', [
        { backendRefs: [{ name: 'model', port: 8000 }], timeouts: { request: '150ms' } },
      ]);
    },
    { limits: { headTimeoutMs: 100, bodyIdleTimeoutMs: 100, keepAliveTimeoutMs: 100 } },
  );
  return port;
}

const good = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

async function isAlive(port: number): Promise<void> {
  const client = await rawClient(port);
  client.socket.write(valid('Connection: close\r\n'));
  await client.closed;
  expect(client.received()).toMatch(/^HTTP\/1\.1 \d{3} /);
}

test('whatever clients send, the gateway answers or closes, and goes on serving', async () => {
  const port = await start(() => good);
  await fc.assert(
    fc.asyncProperty(fc.array(nearly(valid('')), { minLength: 20, maxLength: 20 }), async (messages) => {
      await Promise.all(
        messages.map(async (bytes) => {
          const client = await rawClient(port);
          client.socket.write(bytes, 'latin1');
          await client.closed;
        }),
      );
    }),
    { numRuns: 4 },
  );
  await isAlive(port);
});

test('whatever model servers answer, every client gets an answer or a close', async () => {
  const replies = fc.sample(
    nearly('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    100,
  );
  let i = 0;
  const port = await start(() => replies[i++ % replies.length] ?? good);
  await Promise.all(
    replies.map(async () => {
      const client = await rawClient(port);
      client.socket.write(valid('Connection: close\r\n'));
      await client.closed;
    }),
  );
  await isAlive(port);
});

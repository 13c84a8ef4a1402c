import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { exchangeRaw, rawClient } from '../testing/backend.ts';
import { putRoute, putService } from '../testing/cluster.ts';
import { useTestScope } from '../testing/scope.ts';

const scope = useTestScope();

async function gatewayTo(ports: readonly number[], more: { limits?: object; timeouts?: object } = {}) {
  const cluster = await scope.cluster(
    (api) => {
      putService(api, 'model', ports);
      putRoute(api, 'route', [
        {
          backendRefs: [{ name: 'model', port: 8000 }],
          ...(more.timeouts === undefined ? {} : { timeouts: more.timeouts }),
        },
      ]);
    },
    { limits: more.limits ?? {} },
  );
  return { ...cluster, url: `http://127.0.0.1:${cluster.port}` };
}

/** A server that answers every request head with these bytes. */
function answering(reply: string | ((socket: Socket) => void)) {
  return scope.raw((socket) => {
    socket.on('data', () => (typeof reply === 'string' ? socket.write(reply, 'latin1') : reply(socket)));
  });
}

const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const bodyOf = (reply: string) => reply.slice(reply.indexOf('\r\n\r\n') + 4);

test('a reply that is cut at any byte reaches the client unchanged', async () => {
  const reply =
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nT: x\r\n\r\n';
  let cut = 0;
  const { port: backendPort } = await answering((socket) => {
    const at = ++cut;
    socket.write(reply.slice(0, at), 'latin1');
    setTimeout(() => socket.write(reply.slice(at), 'latin1'), 1);
  });
  const { port } = await gatewayTo([backendPort]);
  for (let i = 1; i < reply.length; i++) {
    const received = await exchangeRaw(port, get);
    expect(received).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nlink: <\/a>\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(received).toMatch(/5;x\r\nhello\r\n0\r\nT: x\r\n\r\n$/);
  }
});

test('hop-by-hop fields of the reply, and those that Connection names, stay behind', async () => {
  const { port: backendPort } = await answering(
    'HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nX-End: 2\r\nX-Request-Id: theirs\r\nContent-Length: 2\r\n\r\nok',
  );
  const { port } = await gatewayTo([backendPort]);
  const reply = await exchangeRaw(
    port,
    `GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\nConnection: close\r\n\r\n`,
  );
  expect(reply).toBe(
    'HTTP/1.1 200 OK\r\nx-end: 2\r\ncontent-length: 2\r\nx-request-id: mine\r\nconnection: close\r\n\r\nok',
  );
});

test('internal routing headers, forwarding headers and hop-by-hop fields of clients never reach a model server', async () => {
  let seen: string[] = [];
  const { port: backendPort } = await scope.http((request, response) => {
    seen = request.rawHeaders;
    response.end();
  });
  const { port } = await gatewayTo([backendPort]);
  await exchangeRaw(
    port,
    'GET / HTTP/1.1\r\nHost: a:1\r\nX-Gateway-Destination-Endpoint: 10.0.0.1:1\r\nX-Prefiller-Host-Port: 10.0.0.1:1\r\nX-Forwarded-For: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\nUpgrade: websocket\r\nTE: trailers\r\nX-Drop: 1\r\nX-Keep: 2\r\nX-Request-Id: r1\r\nConnection: close, X-Drop\r\n\r\n',
  );
  expect(seen.slice(0, 12)).toEqual([
    ...['host', 'a:1', 'x-keep', '2', 'x-request-id', 'r1'],
    ...['x-forwarded-for', '127.0.0.1', 'x-forwarded-proto', 'http', 'x-forwarded-host', 'a:1'],
  ]);
});

test('HEAD, 204 and 304 have no body whatever their headers say', async () => {
  const { port: backendPort } = await answering((socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'),
  );
  const { port } = await gatewayTo([backendPort]);
  const head = await exchangeRaw(port, 'HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-length: 5\r\n/);
  expect(bodyOf(head)).toBe('');
});

test.each([
  ['two different lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['an unknown transfer coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab'],
  ['no HTTP at all', 'SSH-2.0-OpenSSH\r\n\r\n'],
  ['a folded header', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n'],
])('a reply with %s becomes 502', async (_, bytes) => {
  const { port: backendPort } = await answering(bytes);
  const { port } = await gatewayTo([backendPort]);
  const reply = await exchangeRaw(port, get);
  expect(reply).toMatch(/^HTTP\/1\.1 502 /);
  expect(reply).toContain('"code":"upstream_protocol_error"');
});

test('a client of HTTP/1.0 gets the payload without chunks, ended by the close', async () => {
  const { port: backendPort } = await answering(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
  );
  const { port } = await gatewayTo([backendPort]);
  const reply = await exchangeRaw(port, 'GET / HTTP/1.0\r\n\r\n');
  expect(reply).not.toContain('transfer-encoding');
  expect(bodyOf(reply)).toBe('abcde');
});

test('a reply that ends with the connection is passed on and ends the same way', async () => {
  const { port: backendPort } = await answering((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'));
  const { port } = await gatewayTo([backendPort]);
  const client = await rawClient(port);
  client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.closed;
  expect(client.received()).toMatch(/connection: close\r\n\r\nall of it$/);
});

test('a stream whose server dies ends with an error event and without a clean end', async () => {
  const backend = await answering((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
    socket.write('9\r\ndata: 1\n\n\r\n');
  });
  const { port } = await gatewayTo([backend.port]);
  const client = await rawClient(port);
  client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.until('data: 1');
  await backend.kill();
  await client.closed;
  expect(client.received()).toMatch(
    /data: 1\n\n\r\n[0-9a-f]+\r\nevent: error\ndata: \{"error":\{"message":"the model server stopped in mid-answer: [^}]*"code":"upstream_closed"\}\}\n\n\r\n$/,
  );
});

test('a truncated reply of known length is never ended cleanly', async () => {
  const { port: backendPort } = await answering((socket) =>
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'),
  );
  const { url } = await gatewayTo([backendPort]);
  const response = await fetch(url);
  await expect(response.text()).rejects.toThrow();
});

test('when the client leaves, the model server sees its connection end at once', async () => {
  let ended: () => void = () => {};
  const left = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const { port: backendPort } = await scope.http((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => response.write('data: x\n\n'), 5);
    response.on('close', () => {
      clearInterval(timer);
      ended();
    });
  });
  const { port } = await gatewayTo([backendPort]);
  const client = await rawClient(port);
  client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.until('data: x');
  client.socket.destroy();
  await left;
});

test('a request whose endpoint is gone goes to another one', async () => {
  const dead = await scope.http((_, response) => response.end());
  const alive = await scope.http((_, response) => response.end('alive'));
  await dead.kill();
  const { url, gateway } = await gatewayTo([dead.port, alive.port]);
  for (let i = 0; i < 6; i++)
    expect(await (await fetch(url, { method: 'POST', body: 'x' })).text()).toBe('alive');
  const metrics = await (await fetch(`http://127.0.0.1:${gateway.adminPort}/metrics`)).text();
  expect(metrics).toMatch(/weir_gateway_retries_total [1-6]\n/);
});

test('a kept connection that the server closes under a request costs nothing', async () => {
  let count = 0;
  const { port: backendPort } = await scope.raw((socket) => {
    let isFirst = true;
    socket.on('data', () => {
      count++;
      if (isFirst) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      else socket.resetAndDestroy();
      isFirst = false;
    });
  });
  const { url } = await gatewayTo([backendPort]);
  for (let i = 0; i < 3; i++)
    expect(await (await fetch(url, { method: 'POST', body: 'x' })).text()).toBe('ok');
  expect(count).toBe(5);
});

test('no endpoint at all is 503 with Retry-After and a dropped reason', async () => {
  const { url } = await gatewayTo([]);
  const response = await fetch(url);
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('2');
  expect(response.headers.get('x-llm-d-request-dropped-reason')).toBe('rejected-no-endpoints');
  expect(await response.json()).toMatchObject({
    error: { type: 'server_error', code: 'no_endpoints', param: null },
  });
});

test('an endpoint that refuses connections, with no other one, is 503 naming it', async () => {
  const dead = await scope.http((_, response) => response.end());
  await dead.kill();
  const { url } = await gatewayTo([dead.port]);
  const response = await fetch(url);
  expect(response.status).toBe(503);
  expect(((await response.json()) as { error: { message: string } }).error.message).toContain(
    `127.0.0.1:${dead.port}`,
  );
});

test("a server that does not answer within the route's timeout gives 504, and is disconnected", async () => {
  const closed: Promise<unknown>[] = [];
  const { port: backendPort } = await scope.raw((socket) => {
    closed.push(new Promise((resolve) => socket.on('close', resolve)));
  });
  const { url } = await gatewayTo([backendPort], { timeouts: { request: '200ms' } });
  const response = await fetch(url);
  expect(response.status).toBe(504);
  await Promise.all(closed);
});

test('a reply longer than the timeout of its route is cut', async () => {
  const { port: backendPort } = await scope.http((_, response) => {
    response.writeHead(200);
    response.write('a');
  });
  const { url } = await gatewayTo([backendPort], { timeouts: { request: '20s', backendRequest: '1s' } });
  const response = await fetch(url);
  await expect(response.text()).rejects.toThrow();
});

test('an upload and a download of 30 MB pass a slow reader unchanged', async () => {
  const data = randomBytes(30 * 1024 * 1024);
  const { port: backendPort } = await scope.http((request, response) => {
    const hash = createHash('sha256');
    request.on('data', (chunk) => {
      hash.update(chunk);
      request.pause();
      setImmediate(() => request.resume());
    });
    request.on('end', () => {
      response.writeHead(200, { 'x-sha': hash.digest('hex'), 'content-length': data.length });
      response.end(data);
    });
  });
  const { port } = await gatewayTo([backendPort]);
  const client = await rawClient(port);
  client.socket.removeAllListeners('data');
  client.socket.write(
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${data.length}\r\nConnection: close\r\n\r\n`,
  );
  client.socket.write(data);
  const hash = createHash('sha256');
  let head = '';
  for await (const chunk of client.socket as AsyncIterable<Buffer>) {
    let start = 0;
    if (!head.includes('\r\n\r\n')) {
      head += chunk.toString('latin1');
      start = head.indexOf('\r\n\r\n') + 4;
      head = head.slice(0, start);
    }
    hash.update(chunk.subarray(start));
    if (Math.random() < 0.05) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const expected = createHash('sha256').update(data).digest('hex');
  expect(head).toContain(`x-sha: ${expected}`);
  expect(hash.digest('hex')).toBe(expected);
});

test('a reader that stops makes the model server stop: the gateway holds nothing', async () => {
  let written = 0;
  const { port: backendPort } = await scope.http((_, response) => {
    const chunk = Buffer.alloc(65_536);
    const push = () => {
      do written += chunk.length;
      while (response.write(chunk));
    };
    response.on('drain', push);
    push();
  });
  const { port } = await gatewayTo([backendPort]);
  const client = await rawClient(port);
  client.socket.pause();
  client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  // Until it has stopped, or has written more than sockets hold.
  const most = 24 * 1024 * 1024;
  for (let seen = -1; seen !== written && written < most; ) {
    seen = written;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect(written).toBeGreaterThan(0);
  expect(written).toBeLessThan(most);
  client.socket.destroy();
});

test('40 clients at once, some of them slow, each get their own answer and nothing of another one', async () => {
  const { port: backendPort } = await scope.http((request, response) => {
    const size = Number(request.headers['x-size']);
    const letter = String(request.headers['x-letter']);
    request.resume();
    request.on('end', () => {
      if (size % 2 === 0) response.setHeader('content-length', size);
      response.end(letter.repeat(size));
    });
  });
  const { port } = await gatewayTo([backendPort]);
  const agents = Array.from({ length: 40 }, async (_, n) => {
    const letter = String.fromCharCode(0x41 + (n % 26));
    for (let round = 0; round < 2; round++) {
      const size = [3, 1000, 70_001, 400_000, 2_000_001][(n + round) % 5] ?? 1;
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        method: 'POST',
        body: 'x',
        headers: { 'x-size': String(size), 'x-letter': letter },
      });
      let length = 0;
      for await (const chunk of response.body ?? []) {
        const text = Buffer.from(chunk).toString('latin1');
        expect(text.split(letter).join('')).toBe('');
        length += text.length;
        if (n % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect(length).toBe(size);
    }
  });
  await Promise.all(agents);
});

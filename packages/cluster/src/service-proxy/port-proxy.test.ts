import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '@weir/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { PortProxy } from './port-proxy.ts';

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function backend(
  handle: (socket: Socket) => void,
): Promise<{ address: string; port: number; server: Server }> {
  const server = createServer({ allowHalfOpen: true }, handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port, server };
}

async function startProxy(): Promise<{ proxy: PortProxy; port: number }> {
  const port = await freePort();
  const proxy = await PortProxy.listen('127.0.0.1', port);
  closers.push(() => void proxy.close({ cut: true }));
  return { proxy, port };
}

/** Sends the text, ends its half and returns all that comes back, or the error's code. */
function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true }, () => socket.end(text));
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

const named = (name: string) => (socket: Socket) => {
  let question = '';
  socket.on('data', (chunk) => {
    question += String(chunk);
  });
  // The answer comes after the client has ended its half.
  socket.on('end', () => socket.end(`${name}:${question}`));
  socket.on('error', () => {});
};

describe('proxy of one port', () => {
  test('takes backends in turn and keeps half-closed connections open for the answer', async () => {
    const { proxy, port } = await startProxy();
    proxy.setBackends([await backend(named('a')), await backend(named('b'))]);
    const answers = [await exchange(port, '1'), await exchange(port, '2'), await exchange(port, '3')];
    expect(answers).toEqual(['a:1', 'b:2', 'a:3']);
  });

  test('passes large bodies both ways unharmed', async () => {
    const { proxy, port } = await startProxy();
    proxy.setBackends([await backend((socket) => void socket.pipe(socket))]);
    const text = 'x'.repeat(3_000_000);
    expect((await exchange(port, text)) === text).toBe(true);
  });

  test('skips a backend that refuses', async () => {
    const { proxy, port } = await startProxy();
    const dead = { address: '127.0.0.1', port: await freePort() };
    proxy.setBackends([dead, await backend(named('b'))]);
    expect([await exchange(port, '1'), await exchange(port, '2')]).toEqual(['b:1', 'b:2']);
  });

  test('resets the client when no backend is there, and when the backend breaks off', async () => {
    const { proxy, port } = await startProxy();
    expect(await exchange(port, '1')).toBe('ECONNRESET');
    proxy.setBackends([await backend((socket) => socket.resetAndDestroy())]);
    expect(await exchange(port, '1')).toBe('ECONNRESET');
  });

  test('cannot listen where somebody else does', async () => {
    const { port } = await startProxy();
    await expect(PortProxy.listen('127.0.0.1', port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

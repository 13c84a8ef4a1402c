import { connect, type Socket } from 'node:net';

export interface Sample {
  /** Requests, or events of streams. */
  readonly operations: number;
  readonly errors: number;
  readonly seconds: number;
  /** Of a request's answer, or of an event's way from the server. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'a'.repeat(950) }] });
const post = `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Requests at a fixed rate, each on an idle connection. */
export async function runPaced(
  port: number,
  options: { readonly perSecond: number; readonly seconds: number },
): Promise<Sample> {
  const all: LoadClient[] = [];
  const idle: LoadClient[] = [];
  const latencies: number[] = [];
  const sendOne = async () => {
    const client = idle.pop() ?? (await open(port));
    if (!all.includes(client)) all.push(client);
    await measure(client, latencies);
    idle.push(client);
  };
  const pending: Promise<void>[] = [];
  const total = options.perSecond * options.seconds;
  const startedMs = performance.now();
  for (let i = 0; i < total; i++) {
    const waitMs = startedMs + (i * 1000) / options.perSecond - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    pending.push(sendOne());
  }
  await Promise.all(pending);
  return finish(all, latencies, startedMs);
}

/** As many requests as go, one at a time on each connection. */
export async function runClosedLoop(
  port: number,
  options: { readonly connections: number; readonly seconds: number },
): Promise<Sample> {
  const clients = await Promise.all(Array.from({ length: options.connections }, () => open(port)));
  const latencies: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + options.seconds * 1000;
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() < endMs) await measure(client, latencies);
    }),
  );
  return finish(clients, latencies, startedMs);
}

/** Streams side by side; the latency is that of each event, stamped by the server. */
export async function runStreams(
  port: number,
  options: { readonly streams: number; readonly intervalMs: number; readonly seconds: number },
): Promise<Sample> {
  const events = Math.round((options.seconds * 1000) / options.intervalMs);
  const clients = await Promise.all(Array.from({ length: options.streams }, () => open(port)));
  const latencies: number[] = [];
  const startedMs = performance.now();
  const target = `/v1/chat/completions?interval=${options.intervalMs}&events=${events}`;
  await Promise.all(
    clients.map(async (client) => {
      client.socket.write(post.replace('/v1/chat/completions', target));
      await client.read((text) => {
        const now = performance.timeOrigin + performance.now();
        for (const [, stamp] of text.matchAll(/"t":([\d.]+)/g)) latencies.push(now - Number(stamp));
        return text.endsWith('0\r\n\r\n');
      });
    }),
  );
  return finish(clients, latencies, startedMs, events * options.streams);
}

interface LoadClient {
  readonly socket: Socket;
  /** Hands every read to `onText` until it returns true. */
  read(onText: (text: string) => boolean): Promise<void>;
  errors: number;
}

function open(port: number): Promise<LoadClient> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let onData: (text: string) => void = () => {};
  const client: LoadClient = {
    socket,
    errors: 0,
    read: (onText) =>
      new Promise((resolve) => {
        onData = (text) => {
          if (onText(text)) resolve();
        };
      }),
  };
  socket.on('data', (chunk) => onData(chunk.toString('latin1')));
  socket.on('error', () => {
    client.errors++;
  });
  return new Promise((resolve) => socket.once('connect', () => resolve(client)));
}

async function measure(client: LoadClient, latencies: number[]): Promise<void> {
  const startedMs = performance.now();
  client.socket.write(post);
  await client.read((text) => {
    if (!text.startsWith('HTTP/1.1 200')) client.errors++;
    return true;
  });
  latencies.push(performance.now() - startedMs);
}

function finish(
  clients: readonly LoadClient[],
  latencies: number[],
  startedMs: number,
  operations = latencies.length,
): Sample {
  const seconds = (performance.now() - startedMs) / 1000;
  for (const { socket } of clients) socket.destroy();
  latencies.sort((a, b) => a - b);
  return {
    operations,
    errors: clients.reduce((sum, { errors }) => sum + errors, 0),
    seconds,
    p50Ms: latencies[Math.floor(latencies.length * 0.5)] ?? 0,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
  };
}

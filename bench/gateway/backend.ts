import { type AddressInfo, createServer, type Socket } from 'node:net';

/** The cheapest server possible: a fixed JSON answer, or for `/v1/stream?interval=…&events=…` server-sent events. */
const json = JSON.stringify({ id: 'x', object: 'chat.completion', choices: [{ text: 'a'.repeat(220) }] });
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${json.length}\r\n\r\n${json}`,
);
const streamHead = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';

const server = createServer({ noDelay: true }, (socket) => {
  let pending = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    pending += chunk.toString('latin1');
    for (;;) {
      const headEnd = pending.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const length = Number(/content-length: *(\d+)/i.exec(pending.slice(0, headEnd))?.[1] ?? 0);
      if (pending.length < headEnd + 4 + length) return;
      const target = pending.slice(0, pending.indexOf(' HTTP'));
      pending = pending.slice(headEnd + 4 + length);
      const stream = /interval=(\d+)&events=(\d+)/.exec(target);
      if (stream === null) socket.write(answer);
      else sendEvents(socket, Number(stream[1]), Number(stream[2]));
    }
  });
});

function sendEvents(socket: Socket, intervalMs: number, events: number): void {
  socket.write(streamHead);
  let sent = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) return clearInterval(timer);
    const stamp = String(performance.timeOrigin + performance.now())
      .padEnd(20, '0')
      .slice(0, 20);
    const event = `data: {"t":${stamp},"choices":[{"delta":{"content":"${'a'.repeat(150)}"}}]}\n\n`;
    socket.write(`${event.length.toString(16)}\r\n${event}\r\n`);
    if (++sent < events) return;
    clearInterval(timer);
    socket.write('0\r\n\r\n');
  }, intervalMs);
}

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));

// Runs inside a private network: forwards connections to Unix sockets, which any network can reach, to TCP ports of
// 127.0.0.1. A line with a port on standard input opens `<folder>/<port>`; its end ends this program.
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const folder = process.argv[2];

function relay(port) {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    const upstream = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    client.on('error', () => upstream.destroy());
    // A refused connection is seen as a closed one: the Unix socket itself accepts everybody.
    upstream.on('error', () => client.destroy());
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    client.pipe(upstream);
    upstream.pipe(client);
  });
  server.listen(join(folder, String(port)));
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => relay(Number(line)));
lines.on('close', () => process.exit(0));
process.stdout.write('ready\n');

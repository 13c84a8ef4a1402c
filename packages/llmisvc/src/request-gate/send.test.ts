import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { createSelfSignedCertificate } from '@weir/kube/certificates';
import { afterEach, expect, test } from 'vitest';
import { type ProbeRequest, type ProbeResponse, sendProbe } from './send.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function send(port: number, request: Partial<ProbeRequest> = {}): Promise<ProbeResponse> {
  const whole: ProbeRequest = {
    method: 'POST',
    url: 'http://llm.test/demo/hello/v1/completions',
    connect: { host: '127.0.0.1', port },
    body: '{}',
    timeoutMs: 30_000,
    ...request,
  };
  return sendProbe(whole, new AbortController().signal);
}

const echo: RequestListener = (request, response) => {
  const { host, 'content-type': type, 'x-model': model } = request.headers;
  // As our gateway does for those who ask for explanations.
  if (request.headers['x-weir-explain'] === '1') response.setHeader('x-served-by', 'pod-1');
  response.end(JSON.stringify([request.method, request.url, host, type, model]));
};

test('connects to the given address and only names the host of the URL', async () => {
  const port = await listen(createServer(echo));
  const { status, body, servedBy } = await send(port, { headers: { 'x-model': 'm' } });
  expect(servedBy).toBe('pod-1');
  expect([status, JSON.parse(body)]).toEqual([
    200,
    ['POST', '/demo/hello/v1/completions', 'llm.test', 'application/json', 'm'],
  ]);
});

test('does not follow redirects, and reads the beginning of an endless answer', async () => {
  const port = await listen(
    createServer((request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
      else {
        const pour = (): void => {
          while (response.write('x'.repeat(16_384)));
          response.once('drain', pour);
        };
        pour();
      }
    }),
  );
  expect(await send(port, { url: 'http://llm.test/moved' })).toEqual({ status: 302, body: '' });
  expect((await send(port)).body).toHaveLength(65_536);
});

test('gives up on who does not answer, refuses or breaks off, and says so', async () => {
  const silent = await listen(createServer(() => {}));
  await expect(send(silent, { timeoutMs: 30 })).rejects.toThrow('nothing within 0.03 s');
  const halting = await listen(createServer((_request, response) => void response.write('{')));
  await expect(send(halting, { timeoutMs: 50 })).rejects.toThrow('nothing within 0.05 s');
  const breaking = await listen(createServer((request) => void request.socket.destroy()));
  await expect(send(breaking)).rejects.toThrow('socket hang up');
  await expect(send(1)).rejects.toThrow('ECONNREFUSED');
});

test.each(['169.254.169.254', 'fe80::1'])('asks nobody at %s', async (host) => {
  await expect(send(80, { connect: { host, port: 80 } })).rejects.toThrow('link-local');
});

test('checks certificates against the given authority and the name in the URL', async () => {
  const pair = await createSelfSignedCertificate({
    organizations: ['test'],
    dnsNames: ['llm.test'],
    ipAddresses: [],
    notBefore: new Date(Date.now() - 60_000),
    validDays: 1,
  });
  const port = await listen(createTlsServer({ cert: pair.certPem, key: pair.keyPem }, echo));
  const https = { url: 'https://llm.test/x' };
  expect((await send(port, { ...https, caPem: pair.certPem })).status).toBe(200);
  await expect(send(port, https)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  await expect(send(port, { url: 'https://other.test/x', caPem: pair.certPem })).rejects.toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
});

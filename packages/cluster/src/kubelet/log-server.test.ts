import { type RequestOptions, request } from 'node:https';
import { silentLogger } from '@weir/core/log';
import { Client, type Fetch } from '@weir/kube';
import { type CertificatePair, createCertificateAuthority, issueCertificate } from '@weir/kube/certificates';
import { freePort } from '@weir/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PodLogOptions } from '../apiserver/contracts.ts';
import { startLogServer } from './log-server.ts';

const stop = new AbortController();
const opened: Omit<PodLogOptions, 'signal'>[] = [];
const reviews: unknown[] = [];
let authority: CertificatePair;
let port = 0;

/** Allows what the user `kube-apiserver` asks. */
const reviewing: Fetch = async (_path, init) => {
  const { spec } = JSON.parse(String(init?.body)) as { spec: { user: string } };
  reviews.push(spec);
  return Response.json({ status: { allowed: spec.user === 'kube-apiserver' } });
};

beforeAll(async () => {
  authority = await createCertificateAuthority('test-ca', new Date(), 1);
  port = await freePort();
  await startLogServer({
    host: '127.0.0.1',
    port,
    clientCaPem: authority.certPem,
    client: new Client({ fetch: reviewing, fieldManager: 'test' }),
    nodeName: 'node',
    kubelet: {
      findPod: (namespace, name) =>
        namespace === 'default' && name === 'pod'
          ? { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid: 'uid' } }
          : undefined,
      logs: {
        async *open({ uid }, { signal: _signal, ...options }) {
          opened.push(options);
          yield Buffer.from(`log of ${uid}\n`);
        },
      },
    },
    log: silentLogger,
    signal: stop.signal,
  });
});
afterAll(() => stop.abort());

async function get(path: string, user: string | null = 'kube-apiserver', method = 'GET'): Promise<string> {
  const certificate =
    user === null
      ? null
      : await issueCertificate(authority, {
          ...{ commonName: user, organizations: ['one', 'two'], usages: ['client'] as const },
          ...{ notBefore: new Date(), validDays: 1 },
        });
  const options: RequestOptions = {
    ...{ host: '127.0.0.1', port, path, method, rejectUnauthorized: false, agent: false },
    ...(certificate === null ? {} : { cert: certificate.certPem, key: certificate.keyPem }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve(`${response.statusCode} ${text.trim()}`);
    });
    sent.once('error', reject);
    sent.end();
  });
}

test('gives the log that is asked for to whom the API server lets it', async () => {
  expect(
    await get('/containerLogs/default/pod/main?follow=true&tailLines=5&limitBytes=9&timestamps=true'),
  ).toBe('200 log of uid');
  expect(opened.at(-1)).toEqual({
    ...{ container: 'main', follow: true, previous: false, timestamps: true, tailLines: 5, limitBytes: 9 },
  });
  expect(reviews.at(-1)).toEqual({
    user: 'kube-apiserver',
    groups: ['system:authenticated', 'one', 'two'],
    resourceAttributes: { verb: 'get', resource: 'nodes', subresource: 'proxy', name: 'node' },
  });
});

test('a client without a certificate is not heard', async () => {
  await expect(get('/containerLogs/default/pod/main', null)).rejects.toThrow();
});

test('a client that may not look at the node is refused', async () => {
  expect(await get('/containerLogs/default/pod/main', 'somebody')).toBe(
    '403 get of nodes/proxy on node "node" is forbidden',
  );
});

test.each([
  ['/containerLogs/default/other/main', '404 pod "other" is not running on this node'],
  ['/containerLogs/default/pod', '404 this node serves no GET /containerLogs/default/pod'],
  [
    '/containerLogs/default/pod/main/more',
    '404 this node serves no GET /containerLogs/default/pod/main/more',
  ],
  ['/exec/default/pod/main', '404 this node serves no GET /exec/default/pod/main'],
  ['/containerLogs/default/pod/main?tailLines=-1', '400 tailLines: "-1" is not a number'],
  ['/containerLogs/default/pod/main?sinceTime=today', '400 sinceTime: "today" is not an RFC 3339 time'],
])('%s is refused', async (path, answer) => {
  expect(await get(path)).toBe(answer);
});

test('nothing can be changed', async () => {
  expect(await get('/containerLogs/default/pod/main', 'kube-apiserver', 'POST')).toBe(
    '404 this node serves no POST /containerLogs/default/pod/main',
  );
});

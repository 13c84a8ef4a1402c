import { request } from 'node:https';
import type { AdmissionPlugin, Converter } from '@weir/api/meta';
import { invalid, type KubeObject } from '@weir/api/meta';
import { silentLogger } from '@weir/core/log';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CertificatePair, createCertificateAuthority, issueCertificate } from '../certificates.ts';
import { conversionRoute, mutatingRoute, validatingRoute } from './routes.ts';
import { startWebhookServer, type WebhookServer } from './server.ts';

interface Widget extends KubeObject {
  spec: { size?: unknown };
}

/** Widgets get a size, which must be a number up to ten. */
const widgets: AdmissionPlugin = {
  name: 'widgets',
  matches: (kind, subresource) => kind.plural === 'widgets' && subresource === '',
  review({ object, operation }) {
    if (operation === 'DELETE') return Promise.resolve({ forbidden: 'widgets stay' });
    const { spec } = object as Widget;
    if (spec.size === undefined)
      return Promise.resolve({ object: { ...object, spec: { size: 1 } } as Widget, warnings: ['small'] });
    if (typeof spec.size !== 'number') throw new TypeError('size.toFixed is not a function');
    return Promise.resolve(spec.size > 10 ? { errors: [invalid('spec.size', spec.size, 'too big')] } : {});
  },
};

const widgetConversion: Converter = {
  group: 'test',
  kind: 'Widget',
  convert(object, version) {
    if (version !== 'v2') throw new Error(`no version ${version}`);
    return { ...object, apiVersion: 'test/v2' };
  },
};

let authority: CertificatePair;
let server: WebhookServer;
const answered: string[] = [];

beforeAll(async () => {
  authority = await createCertificateAuthority('test-ca', new Date(), 1);
  server = await startWebhookServer({
    host: '127.0.0.1',
    port: 0,
    certificate: await serving('first'),
    log: silentLogger,
    routes: {
      '/validate': validatingRoute([widgets]),
      '/mutate': mutatingRoute([widgets]),
      '/convert': conversionRoute([widgetConversion]),
    },
    onAnswer: (path, code) => answered.push(`${path} ${code}`),
  });
});
afterAll(() => server.close());

function serving(commonName: string): Promise<CertificatePair> {
  const usages = ['server'] as const;
  const ipAddresses = ['127.0.0.1'];
  return issueCertificate(authority, {
    commonName,
    ipAddresses,
    usages,
    notBefore: new Date(),
    validDays: 1,
  });
}

interface Reply {
  readonly code: number;
  readonly text: string;
  readonly subject: string;
}

function post(path: string, body: string | Buffer, method = 'POST'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { port } = server;
    const call = request(
      { host: '127.0.0.1', port, path, method, ca: authority.certPem, agent: false },
      (response) => {
        const socket = response.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } };
        const subject = socket.getPeerCertificate().subject.CN;
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => resolve({ code: response.statusCode ?? 0, text, subject }));
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

function review(request: object, apiVersion = 'admission.k8s.io/v1'): string {
  const kind = { group: 'test', version: 'v1', kind: 'Widget' };
  const resource = { group: 'test', version: 'v1', resource: 'widgets' };
  return JSON.stringify({
    apiVersion,
    kind: 'AdmissionReview',
    request: { uid: 'u1', kind, resource, name: 'w', operation: 'CREATE', ...request },
  });
}

function widget(size?: unknown): Widget {
  return {
    apiVersion: 'test/v1',
    kind: 'Widget',
    metadata: { name: 'w' },
    spec: size === undefined ? {} : { size },
  };
}

async function answer(path: string, body: string): Promise<unknown> {
  const { code, text } = await post(path, body);
  expect(code).toBe(200);
  return JSON.parse(text);
}

test('an object that breaks rules is refused as invalid, with a cause for each', async () => {
  expect(await answer('/validate', review({ object: widget(11) }))).toEqual({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: 'u1',
      allowed: false,
      status: {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'Widget.test "w" is invalid: spec.size: Invalid value: 11: too big',
        reason: 'Invalid',
        details: {
          name: 'w',
          group: 'test',
          kind: 'Widget',
          causes: [
            { reason: 'FieldValueInvalid', message: 'Invalid value: 11: too big', field: 'spec.size' },
          ],
        },
        code: 422,
      },
    },
  });
});

test('a write that is forbidden as a whole is refused with 403', async () => {
  const body = review({ operation: 'DELETE', oldObject: widget(1) });
  expect(await answer('/validate', body)).toMatchObject({
    response: {
      allowed: false,
      status: { code: 403, reason: 'Forbidden', message: 'widgets.test "w" is forbidden: widgets stay' },
    },
  });
});

test('warnings come with the validating answer, defaults as a patch with the mutating one', async () => {
  expect(await answer('/validate', review({ object: widget() }))).toMatchObject({
    response: { allowed: true, warnings: ['small'] },
  });
  const mutated = await answer('/mutate', review({ object: widget() }));
  const { response } = mutated as { response: { patch: string } };
  expect(JSON.parse(Buffer.from(response.patch, 'base64').toString())).toEqual([
    { op: 'add', path: '/spec/size', value: 1 },
  ]);
  expect(response).toMatchObject({ allowed: true, patchType: 'JSONPatch' });
});

test('the mutating webhook lets pass what it cannot read, the validating one reports itself broken', async () => {
  const body = review({ object: widget('big') });
  expect(await answer('/mutate', body)).toMatchObject({ response: { allowed: true } });
  expect(await answer('/validate', body)).toMatchObject({
    response: { allowed: false, status: { code: 500, reason: 'InternalError' } },
  });
});

test('reviews of the older version are answered in that version', async () => {
  const version = 'admission.k8s.io/v1beta1';
  expect(await answer('/validate', review({ object: widget(1) }, version))).toEqual({
    apiVersion: version,
    kind: 'AdmissionReview',
    response: { uid: 'u1', allowed: true },
  });
});

test('other kinds and subresources are nobody’s business', async () => {
  const object = widget(11);
  expect(await answer('/validate', review({ object, subResource: 'status' }))).toMatchObject({
    response: { allowed: true },
  });
});

function conversion(desiredAPIVersion: string): string {
  const objects = [widget(1), widget(2)];
  return JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'ConversionReview',
    request: { uid: 'u2', desiredAPIVersion, objects },
  });
}

test('all objects of a conversion are converted, or none', async () => {
  expect(await answer('/convert', conversion('test/v2'))).toEqual({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'ConversionReview',
    response: {
      uid: 'u2',
      result: { status: 'Success' },
      convertedObjects: [
        { ...widget(1), apiVersion: 'test/v2' },
        { ...widget(2), apiVersion: 'test/v2' },
      ],
    },
  });
  expect(await answer('/convert', conversion('test/v3'))).toMatchObject({
    response: { result: { status: 'Failure', message: 'Widget /w: no version v3' } },
  });
});

test.each([
  ['not JSON', '{'],
  ['not an object', '[]'],
  ['not a review', '{"kind":"Pod"}'],
  ['without a request', '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}'],
  ['of an unknown operation', review({ operation: 'CONNECT' })],
  ['of an object without metadata', review({ object: {} })],
  ['nested too deep', `${'['.repeat(1001)}${']'.repeat(1001)}`],
  ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
])('a body that is %s is a bad request', async (_, body) => {
  expect((await post('/validate', body)).code).toBe(400);
});

test('large bodies, other methods and unknown paths are refused', async () => {
  expect((await post('/validate', Buffer.alloc(9 * 1024 * 1024, 0x20))).code).toBe(413);
  expect((await post('/validate', '', 'PUT')).code).toBe(405);
  expect((await post('/none', '{}')).code).toBe(404);
  expect(answered).toContain('/validate 413');
  expect(answered).not.toContain('/none 404');
});

test('new connections see a new certificate', async () => {
  expect((await post('/validate', review({ object: widget(1) }))).subject).toBe('first');
  server.setCertificate(await serving('second'));
  expect((await post('/validate', review({ object: widget(1) }))).subject).toBe('second');
});

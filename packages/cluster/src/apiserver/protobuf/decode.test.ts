import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ApiError } from '../api-error.ts';
import { decodeProtobuf } from './decode.ts';

type Fields = readonly (readonly [number, string | number | boolean | Uint8Array])[];

function message(fields: Fields): Uint8Array {
  const writer = new BinaryWriter();
  for (const [field, value] of fields) {
    if (typeof value === 'string') writer.tag(field, WireType.LengthDelimited).string(value);
    else if (typeof value === 'number') writer.tag(field, WireType.Varint).int64(value);
    else if (typeof value === 'boolean') writer.tag(field, WireType.Varint).bool(value);
    else writer.tag(field, WireType.LengthDelimited).bytes(value);
  }
  return writer.finish();
}

function envelope(apiVersion: string, kind: string, raw: Uint8Array): Uint8Array {
  const unknown = message([
    [
      1,
      message([
        [1, apiVersion],
        [2, kind],
      ]),
    ],
    [2, raw],
    [3, ''],
    [4, ''],
  ]);
  return Buffer.concat([Buffer.from('k8s\0'), unknown]);
}

const meta = message([
  [1, 'x'],
  [2, ''],
  [3, 'default'],
  [7, 0],
  [8, new Uint8Array()],
  [
    11,
    message([
      [1, 'app'],
      [2, 'web'],
    ]),
  ],
]);

test('maps, bytes and times become JSON, and zero values of Go are left out', () => {
  const secret = message([
    [1, meta],
    [
      2,
      message([
        [1, 'key'],
        [2, new Uint8Array([1, 2, 3])],
      ]),
    ],
    [3, 'Opaque'],
    [5, false],
  ]);
  expect(decodeProtobuf(envelope('v1', 'Secret', secret))).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'x', namespace: 'default', labels: { app: 'web' } },
    data: { key: 'AQID' },
    type: 'Opaque',
    immutable: false,
  });
});

test('inlined structs, quantities and int-or-string are what they are in JSON', () => {
  const volume = message([
    [1, 'tmp'],
    [
      2,
      message([
        [
          2,
          message([
            [1, 'Memory'],
            [2, message([[1, '1Gi']])],
          ]),
        ],
      ]),
    ],
  ]);
  const probe = message([
    [
      1,
      message([
        [
          2,
          message([
            [1, '/health'],
            [
              2,
              message([
                [1, 1],
                [2, 0],
                [3, 'http'],
              ]),
            ],
            [4, 'HTTP'],
          ]),
        ],
      ]),
    ],
    [2, 0],
    [3, 5],
  ]);
  const container = message([
    [1, 'main'],
    [2, 'nginx'],
    [10, probe],
  ]);
  const pod = message([
    [1, meta],
    [
      2,
      message([
        [1, volume],
        [2, container],
        [3, 'Always'],
      ]),
    ],
  ]);
  expect(decodeProtobuf(envelope('v1', 'Pod', pod))).toMatchObject({
    spec: {
      volumes: [{ name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } }],
      containers: [
        {
          name: 'main',
          image: 'nginx',
          livenessProbe: { httpGet: { path: '/health', port: 'http', scheme: 'HTTP' }, timeoutSeconds: 5 },
        },
      ],
      restartPolicy: 'Always',
    },
  });
});

test('a kind that is not known in protobuf is refused by name', () => {
  expect(() => decodeProtobuf(envelope('batch/v1', 'Job', new Uint8Array()))).toThrow('batch/v1 Job');
});

test('whatever the bytes are, the answer is an object or a refusal', () => {
  const valid = envelope('v1', 'Pod', message([[1, meta]]));
  const damaged = fc
    .tuple(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length))
    .map(([index, byte, length]) => {
      const data = new Uint8Array(valid);
      data[index] = byte;
      return data.subarray(0, length);
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), damaged), (data) => {
      try {
        expect(typeof decodeProtobuf(data)).toBe('object');
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError);
        expect([400, 415]).toContain((error as ApiError).code);
      }
    }),
  );
});

import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { toError } from '@weir/core/errors';
import table from '../../gen/protobuf.json' with { type: 'json' };
import { badRequest, unsupportedMediaType } from '../api-error.ts';
import { isWellKnown, wellKnownToJson } from './well-known.ts';

type Field = readonly [name: string, type: string, how: string];

const kinds: Readonly<Record<string, string>> = table.kinds;
const messages = table.messages as unknown as Readonly<Record<string, Readonly<Record<string, Field>>>>;

/** `k8s\0`, then a runtime.Unknown with the kind and the bytes of the object. */
const magic = [0x6b, 0x38, 0x73, 0x00];
const maxDepth = 100;

/** An object out of Kubernetes' protobuf encoding, in the form that it has as JSON. */
export function decodeProtobuf(body: Uint8Array): unknown {
  if (!magic.every((byte, index) => body[index] === byte)) {
    throw badRequest('the body is not Kubernetes protobuf: it does not begin with its magic number');
  }
  try {
    const { apiVersion, kind, raw } = readEnvelope(body.subarray(magic.length));
    const message = kinds[kind === 'DeleteOptions' ? kind : `${apiVersion}/${kind}`];
    if (message === undefined) {
      throw unsupportedMediaType(
        `application/json, application/yaml (protobuf is not known for ${apiVersion} ${kind})`,
      );
    }
    return { kind, apiVersion, ...(readMessage(raw, message, 0) as object) };
  } catch (error) {
    // The reader throws RangeErrors for data that ends early and Errors for wrong tags.
    if (toError(error).name === 'ApiError') throw error;
    throw badRequest(`the body is not valid Kubernetes protobuf: ${toError(error).message}`);
  }
}

function readEnvelope(data: Uint8Array): { apiVersion: string; kind: string; raw: Uint8Array } {
  const reader = new BinaryReader(data);
  let typeMeta = new Uint8Array();
  let raw = new Uint8Array();
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) typeMeta = new Uint8Array(reader.bytes());
    else if (field === 2) raw = new Uint8Array(reader.bytes());
    else reader.skip(wireType, field);
  }
  const [apiVersion = '', kind = ''] = readStrings(typeMeta);
  return { apiVersion, kind, raw };
}

function readStrings(data: Uint8Array): string[] {
  const reader = new BinaryReader(data);
  const texts: string[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (wireType === WireType.LengthDelimited) texts[field - 1] = reader.string();
    else reader.skip(wireType, field);
  }
  return texts;
}

function readMessage(data: Uint8Array, type: string, depth: number): unknown {
  if (depth > maxDepth) throw new Error(`nested deeper than ${maxDepth} levels`);
  const fields = messages[type] ?? {};
  const result: Record<string, unknown> = {};
  const reader = new BinaryReader(data);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const field = fields[number];
    if (field === undefined) reader.skip(wireType, number);
    else readField(reader, wireType, field, result, depth);
  }
  return isWellKnown(type) ? wellKnownToJson(type, result) : result;
}

function readField(
  reader: BinaryReader,
  wireType: WireType,
  [name, type, how]: Field,
  result: Record<string, unknown>,
  depth: number,
): void {
  if (how.includes('m')) {
    const [key, value] = readEntry(reader.bytes(), type, depth);
    const map = (result[name] ?? Object.create(null)) as Record<string, unknown>;
    map[key] = value;
    result[name] = map;
  } else if (how.includes('r')) {
    const list = (result[name] ?? []) as unknown[];
    list.push(readValue(reader, wireType, type, depth));
    result[name] = list;
  } else {
    const value = readValue(reader, wireType, type, depth);
    if (how.includes('i')) Object.assign(result, value);
    else if (value !== undefined && !(how.includes('o') && isZero(value))) result[name] = value;
  }
}

/** A map entry is a message with the key in field 1 and the value in field 2; either may be missing when it is empty. */
function readEntry(data: Uint8Array, type: string, depth: number): [string, unknown] {
  const reader = new BinaryReader(data);
  let key = '';
  let value = messages[type] === undefined ? '' : readMessage(new Uint8Array(), type, depth + 1);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) key = reader.string();
    else if (field === 2) value = readValue(reader, wireType, type, depth);
    else reader.skip(wireType, field);
  }
  return [key, value];
}

function readValue(reader: BinaryReader, wireType: WireType, type: string, depth: number): unknown {
  const expected =
    type === 'double' ? WireType.Bit64 : scalars.includes(type) ? WireType.Varint : WireType.LengthDelimited;
  if (wireType !== expected) throw new Error(`wire type ${wireType} where ${type} is expected`);
  switch (type) {
    case 'string':
      return reader.string();
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'bool':
      return reader.bool();
    case 'int32':
      return reader.int32();
    case 'int64':
      return Number(reader.int64());
    case 'double':
      return reader.double();
    default:
      return readMessage(reader.bytes(), type, depth + 1);
  }
}

const scalars: readonly string[] = ['bool', 'int32', 'int64'];

/** Go writes fields that are not pointers even when they are zero, and leaves them out of JSON. */
function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}

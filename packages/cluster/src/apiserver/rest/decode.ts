import { jsonDepth } from '@weir/api/meta';
import { toError } from '@weir/core/errors';
import { parse as parseYaml } from 'yaml';
import { duplicateFields } from '../../schema/index.ts';
import { badRequest, unsupportedMediaType } from '../api-error.ts';
import { decodeProtobuf } from '../protobuf/decode.ts';
import type { ApiRequest } from '../request.ts';

export const maxBodyBytes: number = 3 * 1024 * 1024;
const maxDepth = 1000;

const protobufType = 'application/vnd.kubernetes.protobuf';
const yamlTypes = ['application/yaml', 'text/yaml', 'application/x-yaml'];

/** The object in the body of a request, in any format that clients send. */
export function decodeBody(request: ApiRequest): unknown {
  const type = mediaType(request);
  if (type === '' || type === 'application/json') return parseJson(request.body);
  if (type === protobufType) return decodeProtobuf(request.body);
  if (yamlTypes.includes(type)) return parseYamlBody(request.body);
  throw unsupportedMediaType(['application/json', 'application/yaml', protobufType].join(', '));
}

/** Fields that a JSON body sets twice, of which decoding keeps the last; the YAML parser refuses them itself. */
export function duplicatesIn(request: ApiRequest): readonly string[] {
  if (mediaType(request) === protobufType) return [];
  const text = decodeText(request.body);
  return /^\s*[{[]/.test(text) ? duplicateFields(text) : [];
}

/** Media type of the body without parameters, in lower case. */
export function mediaType(request: ApiRequest): string {
  return (request.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

export function parseJson(body: Uint8Array): unknown {
  checkDepth(body);
  const text = decodeText(body);
  if (text.trim() === '') throw badRequest('the body of the request is empty; an object is expected');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`the object provided is not valid JSON: ${toError(error).message}`);
  }
}

/** YAML, which JSON is a part of. Aliases are limited by the parser, so that a small body cannot become a huge object. */
export function parseYamlBody(body: Uint8Array): unknown {
  const text = decodeText(body);
  if (/^\s*[{[]/.test(text)) return parseJson(body);
  try {
    return parseYaml(text, { maxAliasCount: 100 });
  } catch (error) {
    throw badRequest(`the object provided is not valid YAML: ${toError(error).message}`);
  }
}

function decodeText(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw badRequest('the body of the request is not valid UTF-8');
  }
}

/** Nesting is bounded before parsing: later steps recurse, and a deep body must not exhaust the stack. */
function checkDepth(body: Uint8Array): void {
  if (jsonDepth(body) > maxDepth)
    throw badRequest(`the object provided is nested deeper than ${maxDepth} levels`);
}

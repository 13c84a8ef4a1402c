import { eppErrors } from '../../framework/errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Decodes a body that must be a JSON object. */
export function parseJsonObject(body: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(body));
  } catch (cause) {
    throw badRequest(`request body is not valid JSON: ${(cause as Error).message}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw badRequest('request body must be a JSON object');
}

export function badRequest(message: string): Error {
  return eppErrors.BAD_REQUEST({ message });
}

/** The `model` field: a text, or absent; what an engine cannot serve it refuses itself. */
export function modelOf(fields: JsonObject): string {
  if (fields.model === undefined || fields.model === null) return '';
  if (typeof fields.model === 'string') return fields.model;
  throw badRequest('invalid request: model must be a string');
}

export function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

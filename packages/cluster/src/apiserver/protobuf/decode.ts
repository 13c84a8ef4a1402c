import { unsupportedMediaType } from '../api-error.ts';

export function decodeProtobuf(_body: Uint8Array): unknown {
  throw unsupportedMediaType('application/json');
}

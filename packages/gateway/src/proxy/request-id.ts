import { randomBytes } from 'node:crypto';
import { requestIdHeader } from '@weir/wire/headers';
import { type Fields, fieldOf } from '../http/fields.ts';

let prefix = '';
let count = 0;

/** The client's request id when it is fit for headers and logs, else a new one: random prefix and counter. */
export function requestIdOf(fields: Fields): string {
  const given = fieldOf(fields, requestIdHeader);
  return given !== undefined && /^[\w.:/=+-]{1,128}$/.test(given) ? given : newRequestId();
}

export function newRequestId(): string {
  if (prefix === '' || count >= 0xffffff) {
    prefix = randomBytes(12).toString('hex');
    count = 0;
  }
  count++;
  return `${prefix}${count.toString(16).padStart(6, '0')}`;
}

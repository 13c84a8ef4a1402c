import {
  type Extras,
  isEqual,
  isObject,
  type JsonObject,
  type Loose,
  objectAt,
  type StatusExtras,
} from './loose.ts';

/** Fields that only v1alpha2 has: of the status, and of an address. */
const statusFields = ['workloads', 'appliedConfigs', 'referencedBy'];
const addressFields = ['origin', 'models'];

export function hideStatus(object: Loose): Extras {
  const status = objectAt(object.status);
  if (status === undefined) return {};
  const extras: StatusExtras = {};
  const fields = take(status, statusFields);
  if (fields !== undefined) extras.fields = fields;
  const router = objectAt(status, 'router');
  if (router?.group !== undefined) {
    extras.group = router.group;
    delete router.group;
  }
  const address = takeFromAddress(status.address);
  if (Object.keys(address).length > 0) extras.address = address;
  const addresses = listOf(status.addresses).map(takeFromAddress);
  if (addresses.some((taken) => Object.keys(taken).length > 0)) extras.addresses = addresses;
  return Object.keys(extras).length === 0 ? {} : { status: extras };
}

/** What belongs to an address comes back with the same address only. */
export function restoreStatus(object: Loose, { status: extras }: Extras): void {
  const status = objectAt(object.status);
  if (status === undefined || !isObject(extras)) return;
  fill(status, objectAt(extras.fields) ?? {});
  const router = objectAt(status, 'router');
  if (router !== undefined && extras.group !== undefined) router.group ??= extras.group;
  fillAddress(status.address, extras.address);
  listOf(status.addresses).forEach((address, index) => {
    fillAddress(address, listOf(extras.addresses)[index]);
  });
}

function takeFromAddress(address: unknown): JsonObject {
  if (!isObject(address)) return {};
  const taken = take(address, addressFields);
  return taken === undefined ? {} : { url: address.url ?? null, fields: taken };
}

function fillAddress(address: unknown, extras: unknown): void {
  const fields = objectAt(extras, 'fields');
  if (!isObject(address) || !isObject(extras) || fields === undefined) return;
  if (isEqual(address.url ?? null, extras.url)) fill(address, fields);
}

function take(from: JsonObject, fields: readonly string[]): JsonObject | undefined {
  const taken: JsonObject = {};
  for (const field of fields) {
    if (from[field] === undefined) continue;
    taken[field] = from[field];
    delete from[field];
  }
  return Object.keys(taken).length === 0 ? undefined : taken;
}

function fill(target: JsonObject, fields: JsonObject): void {
  for (const [field, value] of Object.entries(fields)) target[field] ??= value;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

import type { KubeObject } from '@weir/api/meta';
import { required } from '@weir/api/meta';
import { conflict, invalidOptions, notFound, unsupportedMediaType, warningOnRefusal } from '../api-error.ts';
import type { ServerContext } from '../context.ts';
import { collectionOf, storeKey, type Target } from '../registry/served-kind.ts';
import { type ApiRequest, isTrue } from '../request.ts';
import type { ResourceRoute } from '../route.ts';
import { createObject, type Written } from './create.ts';
import { mediaType, parseJson, parseYamlBody } from './decode.ts';
import { applyFields } from './field-management.ts';
import { checkFields, placeAt, toKubeObject } from './input.ts';
import { applyPatch, type PatchFormat } from './patch-formats.ts';
import { type Computed, updateObject } from './update.ts';
import { parseWriteOptions, type WriteOptions } from './write-options.ts';

const formats: Readonly<Record<string, PatchFormat>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
};

const applyTypes = ['application/apply-patch+yaml', 'application/apply-patch+json'];

/** PATCH of an object or of its status. */
export async function patch(
  context: ServerContext,
  target: Target,
  route: ResourceRoute,
  request: ApiRequest,
): Promise<Written & { readonly isNew: boolean }> {
  const type = mediaType(request);
  if (applyTypes.includes(type)) return apply(context, target, route, request);
  const format = patchFormat(target, type);
  const body = parseJson(request.body);
  const options = parseWriteOptions(request);
  const { namespace, name, subresource } = route;
  const compute = (live: KubeObject): Computed => {
    const patched = applyPatch(format, live, body, target.served.mergeNode);
    return checkFields(target, placeAt(toKubeObject(target, patched), namespace, name), options);
  };
  const updated = await updateObject(context, target, { namespace, name, subresource, options, compute });
  return { ...updated, isNew: false };
}

/** The format of a patch by its Content-Type; custom kinds have no merge keys and refuse strategic patches. */
export function patchFormat(target: Pick<Target, 'served'>, type: string): PatchFormat {
  const format = formats[type];
  if (format === undefined || (format === 'strategic' && target.served.mergeNode === undefined)) {
    const offered = Object.keys(formats).filter(
      (one) => formats[one] !== 'strategic' || target.served.mergeNode !== undefined,
    );
    throw unsupportedMediaType([...offered, ...applyTypes].join(', '));
  }
  return format;
}

/** Server-side apply: creates the object, or merges by field ownership. */
async function apply(
  context: ServerContext,
  target: Target,
  route: ResourceRoute,
  request: ApiRequest,
): Promise<Written & { readonly isNew: boolean }> {
  const options = parseApplyOptions(request);
  const { namespace, name, subresource } = route;
  const body = toKubeObject(target, parseYamlBody(request.body));
  const { object: applied, warnings } = checkFields(target, placeAt(body, namespace, name), options);
  const force = isTrue(request.query, 'force');
  const merge = (live: KubeObject | null): KubeObject =>
    applyFields(target, {
      live,
      applied,
      force,
      manager: options.fieldManager,
      subresource,
      now: context.now(),
    });
  if (context.store.peek(collectionOf(target.served), storeKey(namespace, name)) === undefined) {
    if (subresource !== '') throw notFound(target.kind, name);
    const object = toBeCreated(target, merge(null));
    const created = await warningOnRefusal(warnings, () => createObject(context, target, object, options));
    return { ...created, warnings: [...warnings, ...created.warnings], isNew: true };
  }
  const compute = (live: KubeObject): Computed => ({ object: merge(live), hasManagedFields: true });
  const update = { namespace, name, subresource, options, compute };
  const updated = await warningOnRefusal(warnings, () => updateObject(context, target, update));
  return { ...updated, warnings: [...warnings, ...updated.warnings], isNew: false };
}

/** A uid asks for an object that exists; a version is none of an object that does not. */
function toBeCreated(target: Target, object: KubeObject): KubeObject {
  const { uid, resourceVersion: _version, ...metadata } = object.metadata;
  if (!uid) return { ...object, metadata };
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  throw conflict(target.kind, metadata.name ?? '', why);
}

function parseApplyOptions(request: ApiRequest): WriteOptions {
  const options = parseWriteOptions(request);
  if ((request.query.get('fieldManager') ?? '') !== '') return options;
  throw invalidOptions('PatchOptions', required('fieldManager', 'is required for apply patch'));
}

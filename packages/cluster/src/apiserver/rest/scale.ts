import type { KubeObject, ObjectMeta } from '@weir/api/meta';
import { invalid } from '@weir/api/meta';
import { badRequest, invalidObject, notFound } from '../api-error.ts';
import type { ServerContext } from '../context.ts';
import { collectionOf, type ScalePaths, storeKey, type Target } from '../registry/served-kind.ts';
import type { ApiRequest } from '../request.ts';
import type { ResourceRoute } from '../route.ts';
import { labelSelectorText } from '../selectors.ts';
import type { Written } from './create.ts';
import { decodeBody, mediaType, parseJson } from './decode.ts';
import { patchFormat } from './patch.ts';
import { applyPatch } from './patch-formats.ts';
import { partsOf, valueAt } from './replicas.ts';
import { updateObject } from './update.ts';
import { inVersion } from './versions.ts';
import { parseWriteOptions } from './write-options.ts';

interface Scale extends KubeObject {
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
}

/** GET of `…/scale`: an autoscaling/v1 Scale. */
export async function getScale(
  context: ServerContext,
  target: Target,
  paths: ScalePaths,
  route: ResourceRoute,
): Promise<Scale> {
  const key = storeKey(route.namespace, route.name);
  const stored = context.store.get(collectionOf(target.served), key);
  if (stored === undefined) throw notFound(target.kind, route.name);
  return toScale(await inVersion(target, stored), paths);
}

/** PUT or PATCH of `…/scale`: changes the replicas of the object behind it. */
export async function writeScale(
  context: ServerContext,
  target: Target,
  paths: ScalePaths,
  route: ResourceRoute,
  request: ApiRequest,
): Promise<Written> {
  const { namespace, name } = route;
  const options = parseWriteOptions(request);
  const change = request.method === 'PUT' ? replaceWith(decodeBody(request)) : patchWith(target, request);
  const written = await updateObject(context, target, {
    namespace,
    name,
    subresource: 'scale',
    options,
    own: {
      kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      operation: 'UPDATE',
      of: (object) => toScale(object, paths),
      changed: (object, own) => withReplicas(object, paths, parseReplicas(requireScale(own), name)),
    },
    compute: (live) => {
      const scale = change(toScale(live, paths));
      const replicas = parseReplicas(scale, name);
      const { resourceVersion } = scale.metadata;
      const object = withReplicas(live, paths, replicas);
      return {
        object: {
          ...object,
          metadata: { ...object.metadata, ...(resourceVersion ? { resourceVersion } : {}) },
        },
      };
    },
  });
  return { ...written, object: toScale(await inVersion(target, written.object), paths) };
}

function replaceWith(body: unknown): (live: Scale) => Scale {
  return () => requireScale(body);
}

function patchWith(target: Target, request: ApiRequest): (live: Scale) => Scale {
  const format = patchFormat(target, mediaType(request));
  const body = parseJson(request.body);
  return (live) => requireScale(applyPatch(format, live, body, undefined));
}

function requireScale(value: unknown): Scale {
  const scale = value as Partial<Scale> | null;
  if (scale?.kind !== 'Scale' || scale.apiVersion !== 'autoscaling/v1') {
    throw badRequest('the object provided is not an autoscaling/v1 Scale');
  }
  return { ...scale, metadata: scale.metadata ?? {}, spec: scale.spec ?? {} } as Scale;
}

function parseReplicas(scale: Scale, name: string): number {
  const replicas = scale.spec.replicas ?? 0;
  if (Number.isInteger(replicas) && replicas >= 0) return replicas;
  const kind = { group: 'autoscaling', version: 'v1', kind: 'Scale', plural: 'scales', namespaced: true };
  throw invalidObject(kind, name, [invalid('spec.replicas', replicas, 'must be greater than or equal to 0')]);
}

function toScale(object: KubeObject, paths: ScalePaths): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = valueAt(object, paths.specReplicas);
  const selector = paths.labelSelector === undefined ? undefined : valueAt(object, paths.labelSelector);
  const selectorText = typeof selector === 'string' ? selector : labelSelectorText(selector);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: withoutUndefined({ name, namespace, uid, resourceVersion, creationTimestamp }) as ObjectMeta,
    spec: typeof replicas === 'number' ? { replicas } : {},
    status: {
      replicas: Number(valueAt(object, paths.statusReplicas) ?? 0),
      ...(selectorText === '' ? {} : { selector: selectorText }),
    },
  };
}

function withReplicas(object: KubeObject, paths: ScalePaths, replicas: number): KubeObject {
  const set = (value: unknown, [part, ...rest]: readonly string[]): unknown =>
    part === undefined
      ? replicas
      : { ...(value as object), [part]: set((value as Record<string, unknown> | undefined)?.[part], rest) };
  return set(object, partsOf(paths.specReplicas)) as KubeObject;
}

function withoutUndefined(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));
}

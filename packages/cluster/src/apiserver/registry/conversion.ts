import type { Converter, KubeObject } from '@weir/api/meta';
import type { CustomResourceDefinition } from '@weir/api/workloads';
import { ApiError } from '../api-error.ts';
import type { Conversion } from './served-kind.ts';

type ConvertAll = Conversion['convert'];

/** Conversion by a function of this process, or, where nobody knows more, by the name of the version alone. */
export function inProcessConversion(
  definition: CustomResourceDefinition,
  converter: Converter | undefined,
): Conversion {
  const convert: ConvertAll = (objects, toVersion) =>
    Promise.resolve().then(() =>
      objects.map((object) => convertOne(object, { toVersion, converter, definition })),
    );
  return { convert, read: convert };
}

function convertOne(
  object: KubeObject,
  options: {
    readonly toVersion: string;
    readonly converter: Converter | undefined;
    readonly definition: CustomResourceDefinition;
  },
): KubeObject {
  const { toVersion, converter, definition } = options;
  const { group, names } = definition.spec;
  const apiVersion = `${group}/${toVersion}`;
  if (object.apiVersion === apiVersion) return object;
  if (converter === undefined) return { ...object, apiVersion };
  try {
    const converted = converter.convert(object, toVersion);
    const metadata = withTexts(object.metadata, converted.metadata);
    return { ...converted, apiVersion, kind: object.kind, metadata };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ApiError(
      500,
      'InternalError',
      `conversion of ${names.plural}.${group} "${object.metadata.name ?? ''}" from ${object.apiVersion} to ${apiVersion} failed: ${reason}`,
    );
  }
}

/** Conversion may change labels and annotations, and nothing that identifies the object or its state. */
export function withTexts(
  metadata: KubeObject['metadata'],
  converted: KubeObject['metadata'],
): KubeObject['metadata'] {
  const { labels: _labels, annotations: _annotations, ...rest } = metadata;
  const { labels, annotations } = converted;
  return {
    ...rest,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** A conversion that costs a call, with its results kept: each stored object is converted once per version. */
export function rememberedConversion(convert: ConvertAll): Conversion {
  const known = new Map<string, Map<KubeObject, Promise<KubeObject>>>();
  const read: ConvertAll = (objects, toVersion) => {
    const converted = known.get(toVersion) ?? new Map<KubeObject, Promise<KubeObject>>();
    known.set(toVersion, converted);
    return readThrough(converted, objects, (missing) => convert(missing, toVersion));
  };
  const announce: Conversion['announce'] = (objects, toVersion) => {
    // Whoever reads them hears of a failure.
    read(objects.slice(0, maxRemembered), toVersion).catch(() => {});
  };
  return { convert, read, announce };
}

/** Objects of one version that are kept. Lists of more are converted in one call each. */
const maxRemembered = 2000;

function readThrough(
  known: Map<KubeObject, Promise<KubeObject>>,
  objects: readonly KubeObject[],
  convert: (missing: readonly KubeObject[]) => Promise<readonly KubeObject[]>,
): Promise<readonly KubeObject[]> {
  const missing = objects.filter((object) => !known.has(object));
  if (missing.length > 0) {
    const batch = convert(missing);
    missing.forEach((object, index) => {
      const one = batch.then((converted) => converted[index] ?? object);
      known.set(object, one);
      // A failure is nobody's last word; who asks next tries again.
      one.catch(() => known.delete(object));
    });
  }
  const all = Promise.all(objects.map((object) => known.get(object) ?? Promise.resolve(object)));
  // The oldest go first; the answers that are under way hold on to theirs.
  for (const object of known.keys()) {
    if (known.size <= maxRemembered) break;
    known.delete(object);
  }
  return all;
}

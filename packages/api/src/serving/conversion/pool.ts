import {
  fromPoolSpecV1alpha2,
  type InferencePoolSpec,
  type InferencePoolSpecV1alpha2,
  toPoolSpecV1alpha2,
} from '../../inference/index.ts';
import { type Extras, isEqual, type JsonObject, type Loose, objectAt } from './loose.ts';

/** v1alpha1 shows the older form of the pool, which holds one port and no protocol. */
export function hidePool(object: Loose): Extras {
  const pool = poolOf(object);
  if (!Array.isArray(objectAt(pool, 'spec')?.targetPorts)) return {};
  const spec = pool?.spec as InferencePoolSpec;
  const shown = toPoolSpecV1alpha2(spec);
  if (pool !== undefined) pool.spec = shown;
  return isEqual(fromPoolSpecV1alpha2(shown), spec) ? {} : { pool: { spec, shown } };
}

/** Each part of the pool comes back as it was unless it was changed as v1alpha1. */
export function restorePool(object: Loose, { pool: extras }: Extras): void {
  const pool = poolOf(object);
  if (objectAt(pool, 'spec')?.targetPortNumber === undefined || pool === undefined) return;
  const shown = pool.spec as InferencePoolSpecV1alpha2;
  const converted = fromPoolSpecV1alpha2(shown);
  const isWhole = objectAt(extras, 'spec') !== undefined && objectAt(extras, 'shown') !== undefined;
  pool.spec = isWhole && extras !== undefined ? withExtras(converted, shown, extras) : converted;
}

function withExtras(
  converted: InferencePoolSpec,
  now: InferencePoolSpecV1alpha2,
  { spec, shown }: NonNullable<Extras['pool']>,
): InferencePoolSpec {
  if (isEqual(shown, now)) return spec;
  const { appProtocol, targetPorts, endpointPickerRef } = spec;
  return {
    ...converted,
    ...(appProtocol === undefined ? {} : { appProtocol }),
    ...(shown.targetPortNumber === now.targetPortNumber ? { targetPorts } : {}),
    ...(endpointPickerRef !== undefined && isEqual(shown.extensionRef, now.extensionRef)
      ? { endpointPickerRef }
      : {}),
  };
}

/** The pool, when its spec has a selector; anything else is left for the schema to refuse. */
function poolOf({ spec }: Loose): JsonObject | undefined {
  const pool = objectAt(spec, 'router', 'scheduler', 'pool');
  return objectAt(pool, 'spec', 'selector') === undefined ? undefined : pool;
}

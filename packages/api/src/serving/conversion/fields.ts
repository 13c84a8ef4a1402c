import { type Extras, isEqual, type JsonObject, type Loose, objectAt } from './loose.ts';

/** Takes the fields out that v1alpha1 does not know. */
export function hideFields({ spec }: Loose): Extras {
  const extras: Extras = {};
  const model = objectAt(spec, 'model');
  if (model?.confidential !== undefined) {
    extras.confidential = { uri: model.uri ?? null, value: model.confidential };
    delete model.confidential;
  }
  const caches = { ...takeCache('spec', objectAt(spec)), ...takeCache('prefill', objectAt(spec, 'prefill')) };
  return Object.keys(caches).length === 0 ? extras : { ...extras, kvCacheOffloading: caches };
}

function takeCache(key: 'spec' | 'prefill', workload: JsonObject | undefined): JsonObject {
  if (workload?.kvCacheOffloading === undefined) return {};
  const { kvCacheOffloading } = workload;
  delete workload.kvCacheOffloading;
  return { [key]: kvCacheOffloading };
}

/** Confidential weights stay so while they are the same weights; a cache stays while its workload does. */
export function restoreFields({ spec }: Loose, extras: Extras): void {
  const model = objectAt(spec, 'model');
  const confidential = objectAt(extras.confidential);
  if (model !== undefined && confidential !== undefined && isEqual(model.uri ?? null, confidential.uri)) {
    model.confidential ??= confidential.value;
  }
  putCache(objectAt(spec), extras.kvCacheOffloading?.spec);
  putCache(objectAt(spec, 'prefill'), extras.kvCacheOffloading?.prefill);
}

function putCache(workload: JsonObject | undefined, value: unknown): void {
  if (workload !== undefined && value !== undefined) workload.kvCacheOffloading ??= value;
}

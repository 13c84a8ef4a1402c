import { adapterCriticalities, adapterCriticalitiesText } from '../criticality.ts';
import { loraCriticalitiesAnnotation, modelCriticalityAnnotation } from '../keys.ts';
import {
  type Extras,
  isObject,
  type JsonObject,
  type Loose,
  objectAt,
  removeAnnotation,
  setAnnotation,
} from './loose.ts';

const modelValues: readonly unknown[] = ['Critical', 'Standard', 'Sheddable', 'Normal'];

/** v1alpha2 → v1alpha1: criticality goes from annotations into the fields that v1alpha1 has for it. */
export function annotationsToFields(object: Loose): Extras {
  const strays = takeStrays(object);
  const model = objectAt(object.spec, 'model');
  const own = object.metadata.annotations?.[modelCriticalityAnnotation];
  if (model !== undefined && modelValues.includes(own)) {
    model.criticality = own;
    removeAnnotation(object, modelCriticalityAnnotation);
  }
  restoreAdapters(object);
  return Object.keys(strays).length === 0 ? {} : { strayCriticalities: strays };
}

/** The text of v1alpha1's field would be taken for one that the annotation holds. */
function takeStrays({ spec }: Loose): JsonObject {
  const strays: JsonObject = {};
  for (const [place, adapter] of adaptersOf(objectAt(spec, 'model'))) {
    if (typeof adapter.criticality !== 'string') continue;
    strays[place] = adapter.criticality;
    delete adapter.criticality;
  }
  return strays;
}

function restoreAdapters(object: Loose): void {
  const text = object.metadata.annotations?.[loraCriticalitiesAnnotation];
  const left = new Map(adapterCriticalities(object.metadata));
  // A text that nobody of us wrote could not be written again as it was.
  if (text === undefined || left.size === 0 || adapterCriticalitiesText(left) !== text) return;
  for (const [place, adapter] of adaptersOf(objectAt(object.spec, 'model'))) {
    const value = left.get(place);
    if (value === undefined || adapter.criticality !== undefined) continue;
    adapter.criticality = value;
    left.delete(place);
  }
  if (left.size === 0) removeAnnotation(object, loraCriticalitiesAnnotation);
  else setAnnotation(object, loraCriticalitiesAnnotation, adapterCriticalitiesText(left));
}

/** v1alpha1 → v1alpha2: the fields go into annotations. */
export function fieldsToAnnotations(object: Loose, extras: Extras): void {
  const model = objectAt(object.spec, 'model');
  if (typeof model?.criticality === 'string') {
    setAnnotation(object, modelCriticalityAnnotation, model.criticality);
    delete model.criticality;
  }
  const values = new Map(adapterCriticalities(object.metadata));
  let isChanged = false;
  for (const [place, adapter] of adaptersOf(model)) {
    if (typeof adapter.criticality === 'string') {
      values.set(place, adapter.criticality);
      delete adapter.criticality;
      isChanged = true;
    }
    const stray = objectAt(extras.strayCriticalities)?.[place];
    if (stray !== undefined) adapter.criticality ??= stray;
  }
  if (isChanged) setAnnotation(object, loraCriticalitiesAnnotation, adapterCriticalitiesText(values));
}

/** Adapters with their indexes; those of an adapter have its index in front. */
function adaptersOf(model: JsonObject | undefined, prefix = ''): [string, JsonObject][] {
  const adapters = objectAt(model, 'lora')?.adapters;
  if (!Array.isArray(adapters)) return [];
  return adapters.flatMap((adapter: unknown, index): [string, JsonObject][] => {
    const place = `${prefix}${index}`;
    return isObject(adapter) ? [[place, adapter], ...adaptersOf(adapter, `${place}.`)] : [];
  });
}

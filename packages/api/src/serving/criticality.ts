import type { ObjectMeta } from '../meta/index.ts';
import {
  criticalityAnnotation,
  loraCriticalitiesAnnotation,
  loraCriticalityAnnotation,
  modelCriticalityAnnotation,
} from './keys.ts';
import type { Criticality, ModelSpec } from './types.ts';

/** How requests of the base model are treated under load: by v1alpha1's field, or by the annotation. */
export function modelCriticality({ annotations }: ObjectMeta): Criticality | undefined {
  return toCriticality(annotations?.[criticalityAnnotation] ?? annotations?.[modelCriticalityAnnotation]);
}

/** The same for an adapter, which stands at `index` in the list. */
export function adapterCriticality(
  metadata: ObjectMeta,
  adapter: Pick<ModelSpec, 'name'>,
  index: number,
): Criticality | undefined {
  const byName = parseTexts(metadata.annotations?.[loraCriticalityAnnotation]);
  return toCriticality(byName.get(adapter.name ?? '') ?? adapterCriticalities(metadata).get(String(index)));
}

/** What v1alpha1 said about adapters, by their index; adapters of adapters have indexes joined by dots. */
export function adapterCriticalities({ annotations }: ObjectMeta): ReadonlyMap<string, string> {
  return parseTexts(annotations?.[loraCriticalitiesAnnotation]);
}

/** The annotation's text as Go writes maps: sorted by key, without blanks. */
export function adapterCriticalitiesText(values: ReadonlyMap<string, string>): string {
  const entries = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
}

function toCriticality(text: string | undefined): Criticality | undefined {
  if (text === 'Normal') return 'Standard';
  return text === 'Critical' || text === 'Standard' || text === 'Sheddable' ? text : undefined;
}

/** A JSON object of texts; anything else counts as empty. */
function parseTexts(text: string | undefined): ReadonlyMap<string, string> {
  try {
    const value: unknown = text === undefined ? null : JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map();
    return new Map(
      Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    return new Map();
  }
}

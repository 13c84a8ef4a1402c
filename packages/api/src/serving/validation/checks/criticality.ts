import { invalid, notSupported } from '../../../meta/index.ts';
import { adapterCriticalities } from '../../criticality.ts';
import { criticalityAnnotation, loraCriticalityAnnotation } from '../../keys.ts';
import { adapterName, adaptersOf, loraPath } from '../lora.ts';
import { type Check, type Finding, refuse, warn } from '../rule.ts';

const values: readonly string[] = ['Critical', 'Standard', 'Sheddable', 'Normal'];
const annotationPath = `metadata.annotations[${criticalityAnnotation}]`;
const adaptersAnnotationPath = `metadata.annotations[${loraCriticalityAnnotation}]`;

/** Criticality stands in fields of v1alpha1 and in annotations of v1alpha2; both have the same values. */
export const criticalityIsKnown: Check = ({ spec, metadata }) => {
  const own = metadata.annotations?.[criticalityAnnotation];
  const fields = [...adapterCriticalities(metadata)].flatMap(([place, value]) =>
    unknown(`${loraPath}.adapters[${place.replaceAll('.', '].lora.adapters[')}].criticality`, value),
  );
  const strays = adaptersOf(spec).flatMap((adapter, index) => {
    if (adapter === undefined || !('criticality' in adapter)) return [];
    const detail = `has no effect in v1alpha2 — use annotation ${loraCriticalityAnnotation}`;
    return [warn(`${loraPath}.adapters[${index}].criticality`, detail)];
  });
  return [...(own === undefined ? [] : unknown(annotationPath, own)), ...fields, ...strays];
};

export const adapterCriticalityNamesAdapters: Check = ({ spec, metadata }) => {
  const text = metadata.annotations?.[loraCriticalityAnnotation];
  if (text === undefined) return [];
  const parsed = parseObject(text);
  if (parsed === null) {
    const detail =
      'must be a JSON object from adapter name to criticality — write one such as {"sql":"Sheddable"}';
    return [refuse(invalid(adaptersAnnotationPath, text, detail))];
  }
  const names = adaptersOf(spec).map(adapterName);
  return Object.entries(parsed).flatMap(([name, value]) => [
    ...unknown(adaptersAnnotationPath, value),
    ...(names.includes(name)
      ? []
      : [warn(adaptersAnnotationPath, `names "${name}", which is no adapter — write the name of one`)]),
  ]);
};

function unknown(path: string, value: unknown): Finding[] {
  return typeof value === 'string' && values.includes(value)
    ? []
    : [refuse(notSupported(path, value, values.slice(0, 3)))];
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

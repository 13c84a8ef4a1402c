const meta = 'k8s.io.apimachinery.pkg.apis.meta.v1';

type Fields = Readonly<Record<string, unknown>>;

/** Types whose JSON is not an object of their fields. */
const converters: Readonly<Record<string, (fields: Fields) => unknown>> = {
  [`${meta}.Time`]: (fields) => timeText(fields, 0),
  [`${meta}.MicroTime`]: (fields) => timeText(fields, 6),
  [`${meta}.FieldsV1`]: (fields) => parseBase64(fields.Raw),
  [`${meta}.Verbs`]: listOf,
  'k8s.io.apimachinery.pkg.api.resource.Quantity': (fields) => fields.string ?? '0',
  'k8s.io.apimachinery.pkg.runtime.RawExtension': (fields) => parseBase64(fields.raw),
  'k8s.io.apimachinery.pkg.util.intstr.IntOrString': (fields) =>
    fields.type === 1 ? (fields.strVal ?? '') : (fields.intVal ?? 0),
  'k8s.io.api.authentication.v1.ExtraValue': listOf,
  'k8s.io.api.authorization.v1.ExtraValue': listOf,
};

export function isWellKnown(type: string): boolean {
  return Object.hasOwn(converters, type);
}

/** The JSON value, undefined for an empty time, which Go writes as null. */
export function wellKnownToJson(type: string, fields: Fields): unknown {
  return converters[type]?.(fields);
}

function timeText({ seconds, nanos = 0 }: Fields, digits: number): string | undefined {
  if (typeof seconds !== 'number') return undefined;
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  if (digits === 0) return `${whole}Z`;
  const fraction = String(Math.floor(Number(nanos) / 1000)).padStart(digits, '0');
  return `${whole}.${fraction}Z`;
}

function parseBase64(text: unknown): unknown {
  if (typeof text !== 'string' || text === '') return undefined;
  return JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
}

function listOf(fields: Fields): unknown {
  return fields.items ?? [];
}

import { isJsonObject, own, type StructuralSchema } from '../structural.ts';

/** An item of a set or map list that has no identity. */
export class ItemIdentityError extends Error {}

export function fieldElement(name: string): string {
  return `f:${name}`;
}

/**
 * How an item of a set or map list is named in field paths. Throws for items that cannot be told apart: null, nested
 * lists, or an object without any of the keys.
 */
export function itemElement(list: StructuralSchema, item: unknown): string {
  if (list.listType !== 'map') {
    if (item === null || typeof item === 'object')
      throw new ItemIdentityError('a list of type set may only hold plain values');
    return `v:${encode(item)}`;
  }
  if (!isJsonObject(item))
    throw new ItemIdentityError('associative list with keys may not have non-map elements');
  const parts: string[] = [];
  for (const key of [...list.listMapKeys].sort()) {
    const value = own(item, key) ?? list.items?.properties.get(key)?.default;
    if (value !== undefined) parts.push(`${encode(key)}:${encode(value)}`);
  }
  if (parts.length === 0) {
    throw new ItemIdentityError(
      `associative list with keys has an element that omits all key fields ${JSON.stringify(list.listMapKeys)}`,
    );
  }
  return `k:{${parts.join(',')}}`;
}

/** `.spec.containers[name="main"].image`, the notation of conflict messages. */
export function pathText(path: readonly string[]): string {
  return path.map(elementText).join('');
}

function elementText(element: string): string {
  const body = element.slice(2);
  switch (element.charAt(0)) {
    case 'f':
      return `.${body}`;
    case 'k': {
      const keys = Object.entries(JSON.parse(body) as Record<string, unknown>);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    }
    case 'v':
      return `[=${JSON.stringify(JSON.parse(body))}]`;
    default:
      return `[${body}]`;
  }
}

/** JSON as Go writes it, which escapes HTML; the text is compared, so it must be the same. */
function encode(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

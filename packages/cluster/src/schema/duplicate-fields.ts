import { pathText } from './field-path.ts';

/** An object or list of the text that is not closed yet. */
interface Scope {
  readonly isList: boolean;
  readonly keys: Set<string>;
  key: string;
  index: number;
}

/**
 * Keys that one object of the text holds twice, as `spec.replicas`; JSON.parse would keep the last in silence.
 * The text must be JSON.
 */
export function duplicateFields(text: string): readonly string[] {
  const found: string[] = [];
  const scopes: Scope[] = [];
  let lastText = '';
  for (let i = 0; i < text.length; i++) {
    const mark = text[i];
    const scope = scopes.at(-1);
    if (mark === '"') {
      const end = closingQuote(text, i);
      lastText = text.slice(i, end + 1);
      i = end;
    } else if (mark === '{' || mark === '[') {
      scopes.push({ isList: mark === '[', keys: new Set(), key: '', index: 0 });
    } else if (mark === '}' || mark === ']') {
      scopes.pop();
    } else if (mark === ',') {
      if (scope?.isList) scope.index++;
    } else if (mark === ':' && scope !== undefined) {
      scope.key = lastText.includes('\\') ? (JSON.parse(lastText) as string) : lastText.slice(1, -1);
      if (scope.keys.has(scope.key)) found.push(pathText(scopes.map(placeIn)));
      scope.keys.add(scope.key);
    }
  }
  return found;
}

/** Where the string that starts at `start` ends. */
function closingQuote(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text[before] === '\\') before--;
  return (at - before) % 2 === 0;
}

function placeIn({ isList, index, key }: Scope): string | number {
  return isList ? index : key;
}

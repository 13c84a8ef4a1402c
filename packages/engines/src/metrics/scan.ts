/** Receives one sample: the text between the braces (empty without labels), its value and timestamp. */
type SampleVisitor = (labels: string, value: number, timestamp: number | null) => void;

/**
 * Visits every sample of one metric in Prometheus text, without reading the other lines: an engine exposes hundreds
 * of series and a picker needs five of them twenty times a second.
 */
export function scanSamples(text: string, name: string, visit: SampleVisitor): void {
  let at = text.startsWith(name) ? 0 : nextLineWith(text, name, 0);
  while (at >= 0) {
    const end = lineEnd(text, at);
    readSample(text, at + name.length, end, visit);
    at = nextLineWith(text, name, end);
  }
}

function nextLineWith(text: string, name: string, from: number): number {
  const found = text.indexOf(`\n${name}`, from);
  return found < 0 ? -1 : found + 1;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function readSample(text: string, from: number, end: number, visit: SampleVisitor): void {
  let at = from;
  let labels = '';
  const next = text.charCodeAt(at);
  if (next === brace) {
    const close = closingBrace(text, at + 1, end);
    if (close < 0) return;
    labels = text.slice(at + 1, close);
    at = close + 1;
  } else if (next !== space && next !== tab) {
    return; // A longer name that starts with this one.
  }
  const [valueText = '', timestampText] = text.slice(at, end).trim().split(/\s+/, 2);
  const value = parseValue(valueText);
  if (value === null) return;
  const timestamp = timestampText === undefined ? Number.NaN : Number(timestampText);
  visit(labels, value, Number.isFinite(timestamp) ? timestamp : null);
}

/** The closing brace outside quotes, or -1. */
function closingBrace(text: string, from: number, end: number): number {
  let isQuoted = false;
  for (let i = from; i < end; i++) {
    const code = text.charCodeAt(i);
    if (isQuoted) {
      if (code === backslash) i++;
      else if (code === quote) isQuoted = false;
    } else if (code === quote) isQuoted = true;
    else if (code === closeBrace) return i;
  }
  return -1;
}

function parseValue(text: string): number | null {
  if (text === '') return null;
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  const value = Number(text);
  return Number.isNaN(value) ? null : value;
}

/** The value of one label in the text between the braces, unescaped; null when it is absent. */
export function labelValue(labels: string, name: string): string | null {
  const pattern = /([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"/g;
  for (const [, key, value = ''] of labels.matchAll(pattern)) {
    if (key === name) return value.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
  }
  return null;
}

const space = 32;
const tab = 9;
const quote = 34;
const backslash = 92;
const brace = 123;
const closeBrace = 125;

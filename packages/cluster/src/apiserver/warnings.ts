import type { ApiResponse } from './request.ts';

/** Beyond this many characters in all, every warning is cut to `maxCutLength`. */
const maxTotal = 4096;
const maxCutLength = 256;

/** Adds RFC 7234 warnings, which kubectl prints: each text once, in order. */
export function withWarnings(response: ApiResponse, warnings: readonly string[]): ApiResponse {
  const texts = limited([...new Set(warnings)].filter((text) => text !== ''));
  if (texts.length === 0) return response;
  const earlier = response.headers.warning ?? [];
  const headers = texts.map((text) => `299 - ${headerText(text)}`);
  return { ...response, headers: { ...response.headers, warning: [...earlier, ...headers] } };
}

/** Webhooks may say more than headers hold. */
function limited(texts: readonly string[]): string[] {
  const total = texts.reduce((sum, text) => sum + text.length, 0);
  if (total <= maxTotal) return [...texts];
  const kept: string[] = [];
  let length = 0;
  for (const text of texts.map((one) => [...one].slice(0, maxCutLength).join(''))) {
    if (length >= maxTotal) break;
    kept.push(text);
    length += text.length;
  }
  return kept;
}

/** A quoted text in UTF-8, as kubectl reads it; in headers every character of ours is one byte. */
function headerText(text: string): string {
  const quoted = JSON.stringify(text.replaceAll(/\p{Cc}/gu, ' '));
  return Buffer.from(quoted, 'utf8').toString('latin1');
}

/** Characters of a text as Unicode counts them: a surrogate pair is one. */
export function codePoints(text: string): number {
  let pairs = 0;
  for (let i = 0; i < text.length - 1; i++) {
    if (isBetween(text.charCodeAt(i), 0xd800, 0xdbff) && isBetween(text.charCodeAt(i + 1), 0xdc00, 0xdfff)) {
      pairs++;
      i++;
    }
  }
  return text.length - pairs;
}

function isBetween(code: number, first: number, last: number): boolean {
  return code >= first && code <= last;
}

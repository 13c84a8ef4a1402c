const wellFormed = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const letter = /[A-Za-z0-9+/]/;

/** Why a text is not standard base64, in the words of Go's decoder, or undefined. Line breaks are allowed. */
export function base64Problem(text: string): string | undefined {
  if (wellFormed.test(text)) return undefined;
  const at = firstIllegal(text);
  return at === undefined ? undefined : `illegal base64 data at input byte ${at}`;
}

function firstIllegal(text: string): number | undefined {
  let inGroup = 0;
  let index = 0;
  for (; index < text.length; index++) {
    const char = text.charAt(index);
    if (isLineBreak(char)) continue;
    if (letter.test(char)) inGroup = (inGroup + 1) % 4;
    else if (char === '=') return inGroup < 2 ? index : illegalAfterPadding(text, index, inGroup === 2);
    else return index;
  }
  return inGroup === 0 ? undefined : index - inGroup;
}

/** Padding is one or two signs, and the end. */
function illegalAfterPadding(text: string, first: number, needsAnother: boolean): number | undefined {
  let index = skipLineBreaks(text, first + 1);
  if (needsAnother) {
    if (index >= text.length) return text.length;
    if (text.charAt(index) !== '=') return index - 1;
    index = skipLineBreaks(text, index + 1);
  }
  return index < text.length ? index : undefined;
}

function skipLineBreaks(text: string, from: number): number {
  let index = from;
  while (isLineBreak(text.charAt(index))) index++;
  return index;
}

function isLineBreak(char: string): boolean {
  return char === '\n' || char === '\r';
}

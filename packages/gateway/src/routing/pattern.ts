const maxPatternLength = 512;

/**
 * Compiles a RegularExpression match, anchored at both ends, or says why it is refused. JavaScript's engine
 * backtracks, so what can take exponential time is not accepted: repeated groups that repeat inside, back-references
 * and look-around.
 */
export function compilePattern(source: string): RegExp | { refused: string } {
  if (source.length > maxPatternLength)
    return { refused: `it is longer than ${maxPatternLength} characters` };
  if (/\\[1-9]|\\k</.test(source)) return { refused: 'it holds a back-reference' };
  if (/\(\?[=!<]/.test(source)) return { refused: 'it holds look-around' };
  if (hasNestedRepetition(source)) return { refused: 'a repeated group repeats or branches inside' };
  try {
    return new RegExp(`^(?:${source})$`);
  } catch (error) {
    return { refused: error instanceof Error ? error.message : 'it is not a regular expression' };
  }
}

function hasNestedRepetition(source: string): boolean {
  const groups: boolean[] = [];
  let isInClass = false;
  for (let i = 0; i < source.length; i++) {
    const character = source[i] ?? '';
    if (character === '\\') i++;
    else if (isInClass) isInClass = character !== ']';
    else if (character === '[') isInClass = true;
    else if (character === '(') groups.push(false);
    else if (character === ')') {
      const isRisky = groups.pop() ?? false;
      if (isRisky && isUnboundedQuantifier(source, i + 1)) return true;
      if (isRisky && groups.length > 0) groups[groups.length - 1] = true;
    } else if ((isUnboundedQuantifier(source, i) || character === '|') && groups.length > 0) {
      groups[groups.length - 1] = true;
    }
  }
  return false;
}

function isUnboundedQuantifier(source: string, at: number): boolean {
  const character = source[at];
  return (
    character === '*' || character === '+' || (character === '{' && /^\{\d*(,\d*)?\}/.test(source.slice(at)))
  );
}

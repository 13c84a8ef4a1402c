/**
 * Expands `$(NAME)` in a command, argument or value. `$$` gives `$`; a name that `lookup` does not know and any
 * other use of `$` stay as they are, so that shell text passes through.
 */
export function expandVariables(text: string, lookup: (name: string) => string | undefined): string {
  let result = '';
  let at = 0;
  for (;;) {
    const dollar = text.indexOf('$', at);
    if (dollar < 0 || dollar === text.length - 1) return result + text.slice(at);
    result += text.slice(at, dollar);
    const next = text[dollar + 1];
    const close = next === '(' ? text.indexOf(')', dollar + 2) : -1;
    if (next === '$') {
      result += '$';
      at = dollar + 2;
    } else if (close >= 0) {
      const reference = text.slice(dollar, close + 1);
      result += lookup(reference.slice(2, -1)) ?? reference;
      at = close + 1;
    } else {
      result += `$${next ?? ''}`;
      at = dollar + 2;
    }
  }
}

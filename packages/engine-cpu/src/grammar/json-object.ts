/** GBNF rules of JSON values, shared by `json_object` and by generated grammars. */
export const jsonRules: Readonly<Record<string, string>> = {
  value: 'object | array | string | number | boolean | null',
  object: '"{" space ( string ":" space value ( "," space string ":" space value )* )? "}" space',
  array: '"[" space ( value ( "," space value )* )? "]" space',
  string: '"\\"" char* "\\"" space',
  char: '[^"\\\\\\x7F\\x00-\\x1F] | "\\\\" ( ["\\\\bfnrt/] | "u" [0-9a-fA-F]{4} )',
  number: '"-"? ( "0" | [1-9] [0-9]{0,15} ) ( "." [0-9]{1,16} )? ( [eE] [-+]? [0-9]{1,3} )? space',
  integer: '"-"? ( "0" | [1-9] [0-9]{0,15} ) space',
  boolean: '( "true" | "false" ) space',
  null: '"null" space',
  // Bounded, so that a model cannot answer with white space for ever.
  space: '( " " | "\\n" [ \\t]{0,20} )?',
};

/** Any JSON object. */
export const jsonObjectGrammar: string = toGbnf({ root: 'object', ...jsonRules });

export function toGbnf(rules: Readonly<Record<string, string>>): string {
  return Object.entries(rules)
    .map(([name, body]) => `${name} ::= ${body}`)
    .join('\n');
}

/** A terminal that matches exactly `text`. */
export function gbnfLiteral(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}"`;
}

import { describe, expect, it } from 'vitest';
import { jsonSchemaGrammar } from './json-schema.ts';

const own = (schema: unknown): string[] =>
  jsonSchemaGrammar(schema)
    .split('\n')
    .filter((line) => !/^(value|object|array|string|char|number|integer|boolean|null|space) ::=/.test(line));

describe('jsonSchemaGrammar', () => {
  it('writes required members and leaves optional ones open', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'integer' }, b: { type: 'string' }, c: { enum: ['x', 1] } },
      required: ['b'],
    };
    expect(own(schema)).toMatchInlineSnapshot(`
      [
        "root-2 ::= ( "\\"x\\"" | "1" ) space",
        "root-first-2 ::= ( "\\"c\\"" space ":" space root-2  )?",
        "root-rest-2 ::= ( "," space "\\"c\\"" space ":" space root-2  )?",
        "root-first-1 ::= "\\"b\\"" space ":" space string root-rest-2",
        "root-rest-1 ::= "," space "\\"b\\"" space ":" space string root-rest-2",
        "root-first-0 ::= "\\"a\\"" space ":" space integer root-rest-1 | root-first-1",
        "root-rest-0 ::= "," space "\\"a\\"" space ":" space integer root-rest-1 | root-rest-1",
        "root ::= "{" space root-first-0 "}" space",
      ]
    `);
  });

  it('bounds arrays and strings', () => {
    expect(own({ type: 'array', items: { type: 'null' }, minItems: 2, maxItems: 4 })).toMatchInlineSnapshot(`
      [
        "root ::= "[" space null ( "," space null ){1,3} "]" space",
      ]
    `);
    expect(own({ type: 'string', minLength: 1, maxLength: 3 })).toMatchInlineSnapshot(`
      [
        "root ::= "\\"" char{1,3} "\\"" space",
      ]
    `);
  });

  it('follows references, also to itself', () => {
    const schema = {
      $ref: '#/$defs/node',
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
    };
    expect(own(schema)).toMatchInlineSnapshot(`
      [
        "ref-0-body-0 ::= ref-0",
        "ref-0-body-first-0 ::= ( "\\"next\\"" space ":" space ref-0-body-0  )?",
        "ref-0-body-rest-0 ::= ( "," space "\\"next\\"" space ":" space ref-0-body-0  )?",
        "ref-0-body ::= "{" space ref-0-body-first-0 "}" space",
        "ref-0 ::= ref-0-body",
        "root ::= ref-0",
      ]
    `);
  });

  it.each([
    [{ type: 'string', pattern: '^a' }, '#/pattern: this keyword is not supported'],
    [{ type: 'number', minimum: 0 }, '#/minimum: this keyword is not supported'],
    [
      { type: 'object', properties: { a: { type: 'date' } } },
      '#/properties/a/type: "date" is not a JSON type',
    ],
    [{ type: 'object', properties: { a: true }, required: ['b'] }, '#/required: "b" has no schema'],
    [{ $ref: 'http://x' }, '"http://x" is not inside the schema'],
    [{ $ref: '#/$defs/x' }, '"#/$defs/x" leads nowhere'],
    [{ type: 'array', minItems: 3, maxItems: 2 }, 'maxItems is less than minItems'],
    [{ allOf: [] }, '#/allOf: this keyword is not supported'],
    ['string', '# is not a schema'],
    [null, '# is not a schema'],
  ])('refuses %j by name', (schema, message) => {
    expect(() => jsonSchemaGrammar(schema)).toThrow(message);
  });

  it('refuses schemas nested without end', () => {
    let schema: unknown = { type: 'null' };
    for (let i = 0; i < 200; i++) schema = { type: 'array', items: schema };
    expect(() => jsonSchemaGrammar(schema)).toThrow('nested deeper than 64 levels');
  });
});

import { gbnfLiteral, jsonObjectGrammar } from '../grammar/json-object.ts';
import { jsonSchemaGrammar, UnsupportedSchema } from '../grammar/json-schema.ts';
import { describe, type Fields } from './fields.ts';
import { badField, HttpError } from './http-error.ts';
import type { JsonObject } from './read-json.ts';

/**
 * The GBNF that `response_format`, `structured_outputs` or one of the older `guided_*` fields asks for, or null. More
 * than one of them is a contradiction.
 */
export function readGrammar(fields: Fields): string | null {
  const grammars = [
    fromResponseFormat(fields),
    fromStructuredOutputs(fields.object('structured_outputs')),
    fromGuidedFields(fields),
  ].filter((grammar) => grammar !== null);
  if (grammars.length > 1) {
    throw new HttpError(
      400,
      'response_format, structured_outputs and guided_* fields: give only one of them',
      {
        param: 'structured_outputs',
      },
    );
  }
  return grammars[0] ?? null;
}

function fromResponseFormat(fields: Fields): string | null {
  const format = fields.object('response_format');
  if (format === null) return null;
  switch (format.type) {
    case 'text':
      return null;
    case 'json_object':
      return jsonObjectGrammar;
    case 'json_schema': {
      const wrapper = format.json_schema;
      const schema =
        typeof wrapper === 'object' && wrapper !== null && 'schema' in wrapper ? wrapper.schema : null;
      return fromSchema('response_format.json_schema.schema', schema);
    }
    default:
      throw badField('response_format.type', 'must be "text", "json_object" or "json_schema"');
  }
}

function fromGuidedFields(fields: Fields): string | null {
  const structured: Record<string, unknown> = {};
  for (const name of ['json', 'choice', 'grammar', 'json_object']) {
    const value = fields.get(`guided_${name}`);
    if (value !== null) structured[name] = value;
  }
  return Object.keys(structured).length === 0 ? null : fromStructuredOutputs(structured);
}

function fromStructuredOutputs(structured: JsonObject | null): string | null {
  if (structured === null) return null;
  const asked = Object.entries(structured).filter(([, value]) => value !== null && value !== false);
  const [entry] = asked;
  if (entry === undefined) return null;
  if (asked.length > 1) throw badField('structured_outputs', 'give exactly one constraint');
  const [name, value] = entry;
  switch (name) {
    case 'json':
      return fromSchema('structured_outputs.json', typeof value === 'string' ? parseSchema(value) : value);
    case 'json_object':
      return jsonObjectGrammar;
    case 'choice':
      return fromChoice(value);
    case 'grammar':
      return checkGrammar(value);
    default:
      throw badField(`structured_outputs.${name}`, 'not supported by the CPU engine');
  }
}

const maxGrammarChars = 64 * 1024;
const maxGrammarNesting = 100;

/** The native parser recurses into brackets: a grammar must not be able to exhaust its stack. */
function checkGrammar(value: unknown): string {
  const param = 'structured_outputs.grammar';
  if (typeof value !== 'string') throw badField(param, `must be a string of GBNF, not ${describe(value)}`);
  if (value.length > maxGrammarChars)
    throw badField(param, `must have at most ${maxGrammarChars} characters`);
  let depth = 0;
  for (const character of value) {
    if (character === '(') depth++;
    else if (character === ')') depth = Math.max(0, depth - 1);
    if (depth > maxGrammarNesting)
      throw badField(param, `is nested deeper than ${maxGrammarNesting} brackets`);
  }
  return value;
}

function fromChoice(value: unknown): string {
  const isListOfText = Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '');
  if (!isListOfText || value.length === 0 || value.length > 1000) {
    throw badField('structured_outputs.choice', 'must be an array of 1 to 1000 strings');
  }
  return `root ::= ${value.map((choice: string) => gbnfLiteral(choice)).join(' | ')}`;
}

function parseSchema(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HttpError(400, 'structured_outputs.json: not valid JSON', {
      param: 'structured_outputs.json',
      cause,
    });
  }
}

function fromSchema(param: string, schema: unknown): string {
  try {
    return jsonSchemaGrammar(schema);
  } catch (thrown) {
    if (thrown instanceof UnsupportedSchema) throw badField(param, thrown.message);
    throw thrown;
  }
}

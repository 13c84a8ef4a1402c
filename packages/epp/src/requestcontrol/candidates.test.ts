import { WeirError } from '@weir/core/errors';
import { expect, test } from 'vitest';
import type { Parser } from '../framework/parser.ts';
import { buildEndpoint } from '../testing/builders.ts';
import { selectCandidates } from './candidates.ts';
import { ParserTable } from './parser-table.ts';
import { toRejection } from './rejection.ts';

const endpoints = [buildEndpoint(1), buildEndpoint(2)];

test.each([
  [undefined, [1, 2]],
  [[], []],
  [['10.0.0.2:9'], [2]],
  [['10.0.0.1'], [1]],
  [['fd00::1', '[fd00::2]:80', '10.0.0.3:1'], []],
])('a subset hint of %j leaves the addresses it names', (subset, slots) => {
  expect(selectCandidates(endpoints, subset).map((endpoint) => endpoint.slot)).toEqual(slots);
});

function parserOf(name: string, paths: readonly string[]): Parser {
  return { paths, parse: () => ({ model: name, isStreaming: false, body: { type: 'raw' } }) };
}

test('the longest suffix of whole path segments decides, then the order, then the fallback', () => {
  const table = new ParserTable([
    parserOf('short', ['completions']),
    parserOf('long', ['chat/completions']),
    parserOf('second', ['completions']),
    parserOf('any', []),
  ]);
  const model = (path: string) => table.parse(path, Buffer.of()).model;
  expect(model('/v1/chat/completions')).toBe('long');
  expect(model('/v1/completions')).toBe('short');
  expect(model('/v1/mycompletions')).toBe('any');
  expect(() => new ParserTable([]).parse('/x', Buffer.of())).toThrow('no parser is configured for path /x');
});

test('a failure that was not foreseen tells the client nothing of its cause', () => {
  expect(toRejection('r', new Error('secret'))).toMatchObject({
    status: 500,
    code: 'Internal',
    reason: null,
  });
  expect(toRejection('r', new Error('secret')).message).not.toContain('secret');
  expect(toRejection('r', new WeirError('X', 412, 'm'))).toMatchObject({
    code: 'PreconditionFailed',
    message: 'm',
  });
});

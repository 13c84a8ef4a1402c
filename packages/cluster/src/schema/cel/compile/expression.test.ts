import { isCelError } from '@bufbuild/cel';
import { describe, expect, test } from 'vitest';
import { structuralOfCrd } from '../../build-structural.ts';
import { objectMetaSchema } from '../../builtin.ts';
import { compileCel } from '../program.ts';
import { toCelValue } from '../values.ts';
import { compileRule } from './expression.ts';

const schema = structuralOfCrd(
  {
    type: 'object',
    properties: {
      n: { type: 'integer' },
      m: { type: 'integer' },
      d: { type: 'number' },
      s: { type: 'string' },
      t: { type: 'string' },
      b: { type: 'boolean' },
      nothing: { type: 'string' },
      none: { type: 'string', nullable: true },
      list: { type: 'array', items: { type: 'string' } },
      ints: { type: 'array', items: { type: 'integer' } },
      items: {
        type: 'array',
        items: { type: 'object', properties: { name: { type: 'string' }, n: { type: 'integer' } } },
      },
      map: { type: 'object', additionalProperties: { type: 'string' } },
      port: { 'x-kubernetes-int-or-string': true },
      at: { type: 'string', format: 'date-time' },
      took: { type: 'string', format: 'duration' },
      object: { type: 'object', properties: { at: { type: 'string', format: 'date-time' } } },
      'a-b': { type: 'integer' },
      namespace: { type: 'string' },
      open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  },
  objectMetaSchema,
);

const value = {
  n: 2,
  m: 2 ** 53,
  d: 2,
  s: 'aä😀',
  t: 'abc',
  b: true,
  none: null,
  list: ['x', 'y', 'x'],
  ints: [1, 2, 3],
  items: [{ name: 'a', n: 1 }, { name: 'b' }, { name: 'a', n: 1 }],
  map: { k: 'v', 'a/b': '', nil: null },
  port: 80,
  at: '2026-01-01T00:00:00Z',
  took: '90m',
  object: { at: '2026-01-01T00:00:00Z' },
  'a-b': 1,
  namespace: 'x',
  open: { x: 1 },
};

function bothSay(rule: string): { compiled: unknown; interpreted: unknown } {
  const program = compileCel(rule);
  if (program instanceof Error) throw program;
  const judge = compileRule(program.parsed, schema);
  const variables = {
    self: toCelValue(schema, value, new WeakMap()),
    oldSelf: toCelValue(schema, { ...value, n: 1 }, new WeakMap()),
  };
  const result = program.evaluate(variables);
  return {
    compiled: judge === undefined ? 'not compiled' : judge(value, { ...value, n: 1 }),
    interpreted: isCelError(result) ? 'error' : result,
  };
}

describe('compiled rules say what the interpreter says', () => {
  test.each([
    ['self.b && self.n == 2', true],
    ['self.n == 1 || !self.b', false],
    ['self.n == 1 && self.nothing == "x"', false],
    ['self.b || self.nothing == "x"', true],
    ['self.b ? self.n > 1 : self.nothing == "x"', true],
    ['self.n == self.d && self.n == 2.0 && self.n != 2.5', true],
    ['self.n < 2.5 && self.d <= 2 && self.n >= self.d && !(self.n > self.d)', true],
    ['"a" < self.t && self.t <= "abc" && self.t != "abd"', true],
    ['self.n + 1 == 3 && self.n - 3 == -1 && self.n * 2 == 4', true],
    ['self.d + 0.5 == 2.5 && self.d - 0.5 == 1.5 && self.d * 0.5 == 1.0', true],
    ['self.s + "-" + self.t == "aä😀-abc"', true],
    ['(has(self.nothing) ? self.n : 0) + 1 == 1', true],
    ['self.n in [1, 2] && !(self.t in ["a", "b"]) && self.t in [self.s, self.t]', true],
    ['"y" in self.list && !("z" in self.list)', true],
    ['"k" in self.map && !("z" in self.map) && !("nil" in self.map)', true],
    ['self.n == "2" || self.b == 1 || self.t == null', false],
    ['self.none == null && !has(self.none)', true],
    ['has(self.n) && !has(self.nothing) && has(self.object.at) && has(self.at)', true],
    ['self.list[0] == "x" && self.items[1].name == "b" && self.map["k"] == "v"', true],
    ['self.map["nil"] == null && self.map.k == "v" && has(self.map.k) && !has(self.map.z)', true],
    ['self.a__dash__b == 1 && self.__namespace__ == "x"', true],
    ['size(self.s) == 3 && self.t.size() == 3 && size(self.list) == 3 && self.map.size() == 3', true],
    ['self.ints.all(i, i > 0) && !self.ints.all(i, i > 1)', true],
    ['self.ints.exists(i, i == 3) && !self.ints.exists(i, i == 4)', true],
    ['self.ints.exists_one(i, i == 3) && !self.list.exists_one(i, i == "x")', true],
    ['self.items.filter(i, has(i.n)).size() == 2 && self.items.filter(i, has(i.n)).all(i, i.n == 1)', true],
    ['self.items.map(i, i.name)[1] == "b" && "b" in self.items.map(i, i.name)', true],
    ['self.map.all(k, k.size() < 4) && self.map.exists(k, self.map[k] == "v")', true],
    ['self.ints.all(i, self.ints.all(i, self.ints.exists(j, i == j)))', true],
    ['self.ints.all(i, self.ints.exists(i, i == 2) && self.ints.exists(j, j == i))', true],
    ['[1, 2].all(i, i in self.ints) && [self.n].exists(i, i == 2)', true],
    ['self.t.startsWith("a") && self.t.endsWith("c") && self.t.contains("b") && !self.t.contains("z")', true],
    ['self.t.matches("^[a-c]+$") && !self.t.matches("^b")', true],
    ['self.t.split("b")[1] == "c" && self.t.substring(1) == "bc" && self.t.upperAscii() == "ABC"', true],
    ['isIP("10.0.0.1") && !isIP(self.t)', true],
    ['duration("90m") > duration("1h") && duration("60s") == duration("1m")', true],
    [
      'self.n > oldSelf.n && self.t == oldSelf.t && self.list == oldSelf.list && self.object == oldSelf.object',
      true,
    ],
    ['self.port == 80 && self.port != "80"', true],
    ['self.open.x == 1 && !has(self.open.y)', true],
    ['self == self', true],
  ])('%s', (rule, expected) => {
    expect(bothSay(rule)).toEqual({ compiled: expected, interpreted: expected });
  });
});

describe('errors and doubts of a compiled rule are for the interpreter', () => {
  test.each([
    ['self.nothing == "x"', 'error'],
    ['self.nothing == "x" || self.b', true],
    ['self.nothing == "x" && !self.b', false],
    ['self.ints.all(i, self.nothing == "x" || i > 5)', 'error'],
    ['self.list[3] == "x"', 'error'],
    ['self.map["z"] == "x"', 'error'],
    ['self.port > "a"', 'error'],
    ['self.m + 1 == self.m', false],
    ['self != oldSelf', true],
    ['self.list.exists_one(i, i == "y" || self.nothing == "x")', 'error'],
    ['duration("1.5h") == duration("90m")', true],
    ['self.t', 'abc'],
  ])('%s', (rule, expected) => {
    expect(bothSay(rule)).toEqual({ compiled: undefined, interpreted: expected });
  });
});

describe('what is not understood stays with the interpreter', () => {
  test.each([
    ['self.took > duration("1h")', true],
    ['self.took == duration("1h30m")', true],
    ['self.at < timestamp("2027-01-01T00:00:00Z")', true],
    ['self.port + 1 == 81', true],
    ['self.n / 2 == 1', true],
    ['self.n + self.d == 4', 'error'],
    ['duration("1h") == 3600000', false],
    ['self.list == ["x", "y", "x"]', true],
    ['quantity("1Gi").isGreaterThan(quantity("1G"))', true],
    ['ip.isCanonical("::1")', true],
    ['format.dns1123Label().validate("a").hasValue()', false],
    ['self.t.matches("(")', 'error'],
    ['self.t.matches(self.t)', true],
    ['type(self.n) == int', true],
    ['self.undeclared == 1', 'error'],
    ['{"a": 1}["a"] == 1', true],
    ['self.n == 9007199254740993', false],
    ['b"a" == b"a"', true],
  ])('%s', (rule, expected) => {
    expect(bothSay(rule)).toEqual({ compiled: 'not compiled', interpreted: expected });
  });
});

test('an expression nested deeper than the stack is left alone', () => {
  const program = compileCel(Array.from({ length: 3000 }, () => 'self.n').join(' + '));
  if (program instanceof Error) return;
  expect(() => compileRule(program.parsed, schema)).not.toThrow();
});

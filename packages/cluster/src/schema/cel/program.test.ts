import { readdirSync, readFileSync } from 'node:fs';
import { isCelError } from '@bufbuild/cel';
import { expect, test } from 'vitest';
import { compileCel } from './program.ts';

const folder = new URL('../../../../../config/crd/gen/', import.meta.url);

test('every rule of the CRDs that are served compiles', () => {
  const rules = new Set<string>();
  for (const name of readdirSync(folder))
    collect(JSON.parse(readFileSync(new URL(name, folder), 'utf8')), rules);
  expect(rules.size).toBeGreaterThan(75);
  const broken = [...rules].filter((rule) => compileCel(rule) instanceof Error);
  expect(broken).toEqual([]);
});

function collect(node: unknown, rules: Set<string>): void {
  if (typeof node !== 'object' || node === null) return;
  const validations = (node as Record<string, unknown>)['x-kubernetes-validations'];
  if (Array.isArray(validations)) {
    for (const one of validations) {
      rules.add(one.rule);
      if (one.messageExpression !== undefined) rules.add(one.messageExpression);
    }
  }
  for (const inner of Object.values(node)) collect(inner, rules);
}

test.each([
  ["isIP('10.0.0.1') && isIP('::1') && !isIP('10.0.0') && !isIP('fe80::1%eth0')"],
  ["ip('127.0.0.1').isLoopback() && ip('::1').family() == 6 && !ip('10.0.0.1').isLoopback()"],
  ["ip('8.8.8.8').isGlobalUnicast() && !ip('169.254.1.1').isGlobalUnicast()"],
  ["ip('2001:DB8::1') == ip('2001:db8::1') && ip.isCanonical('2001:db8::1')"],
  ["cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsIP(ip('11.0.0.1'))"],
  ["cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && cidr('10.0.0.0/8').prefixLength() == 8"],
  ["isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0/33') && !isCIDR('x/8')"],
  ["isURL('https://a.example:80/p') && !isURL('a b')"],
  ["url('https://a.example:80/p%20q').getHost() == 'a.example:80'"],
  ["url('https://a.example:81/p').getPort() == '81' && url('/p').getEscapedPath() == '/p'"],
  ["quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('0.5').compareTo(quantity('500m')) == 0"],
  ["quantity('1k') == quantity('1000') && quantity('2').add(quantity('3')).asInteger() == 5"],
  ["isQuantity('1e3') && !isQuantity('1kb') && quantity('-1').sign() == -1"],
  ["[1, 2, 3].isSorted() && !['b', 'a'].isSorted()"],
  ['[1, 2, 3].sum() == 6 && [1, 5, 3].max() == 5 && [4, 2].min() == 2'],
  ["['a', 'b', 'a'].indexOf('a') == 0 && ['a', 'b', 'a'].lastIndexOf('a') == 2 && 'abc'.indexOf('c') == 2"],
  ["'abc 123'.find('[0-9]+') == '123' && 'a1b2c3'.findAll('[0-9]', 2) == ['1', '2']"],
  ["!format.dns1123Label().validate('a-b').hasValue()"],
  ["format.dns1123Label().validate('A').hasValue()"],
  ["format.dns1123Label().validate('A').value()[0].contains('RFC 1123')"],
  ["format.named('nothing').hasValue() == false"],
  ['optional.of(1).orValue(2) == 1 && optional.none().orValue(2) == 2'],
  ["'hello'.matches('^h(?i)ELLO$')"],
  ["'%s has %d'.format(['x', 3]) == 'x has 3'"],
  ["duration('1h') > duration('59m')"],
])('%s', (expression) => {
  const program = compileCel(expression);
  if (program instanceof Error) throw program;
  const result = program.evaluate({});
  expect(isCelError(result) ? result.message : result).toBe(true);
});

test('loops are counted by their nesting', () => {
  const depth = (expression: string): number => {
    const program = compileCel(expression);
    return program instanceof Error ? -1 : program.loopDepth;
  };
  expect(depth('self.a == 1')).toBe(0);
  expect(depth('self.all(a, a > 1) && self.exists(b, b > 1)')).toBe(1);
  expect(depth('self.all(a, self.exists_one(b, a == b))')).toBe(2);
});

test('text that is not an expression gives an error', () => {
  expect(compileCel('self.(')).toBeInstanceOf(Error);
});

import { expect, test } from 'vitest';
import { createPlugin, pluginContract } from '../../framework/plugin.contract.ts';
import type { PluginDefinition } from '../../framework/plugin.ts';
import { buildEndpoint, buildRequest } from '../../testing/builders.ts';
import { decodeFilter } from './decode/index.ts';
import { encodeFilter } from './encode/index.ts';
import { labelSelectorFilter } from './label-selector/index.ts';
import { prefillFilter } from './prefill/index.ts';

pluginContract(decodeFilter, new URL('decode/', import.meta.url));
pluginContract(encodeFilter, new URL('encode/', import.meta.url));
pluginContract(labelSelectorFilter, new URL('label-selector/', import.meta.url));
pluginContract(prefillFilter, new URL('prefill/', import.meta.url));

const roles = [
  'decode',
  'prefill',
  'encode',
  'both',
  'prefill-decode',
  'encode-prefill',
  'encode-prefill-decode',
  'x',
];

test.each([
  [decodeFilter, ['decode', 'both', 'prefill-decode', 'encode-prefill-decode', undefined]],
  [prefillFilter, ['prefill', 'both', 'prefill-decode', 'encode-prefill', 'encode-prefill-decode']],
  [encodeFilter, ['encode', 'encode-prefill', 'encode-prefill-decode']],
])('$type keeps the roles of its stage', (definition, expected) => {
  const endpoints = [...roles, undefined].map((role, slot) =>
    buildEndpoint(slot, {}, role === undefined ? {} : { 'llm-d.ai/role': role }),
  );
  const survivors = createPlugin(definition).filter?.(buildRequest(), endpoints);
  expect(survivors?.map((endpoint) => endpoint.metadata.labels['llm-d.ai/role'])).toEqual(expected);
});

test('label-selector-filter matches labels and expressions as Kubernetes does', () => {
  const endpoints = [{ a: '1', b: 'x' }, { a: '1' }, { a: '2', b: 'y' }, {}].map((labels, slot) =>
    buildEndpoint(slot, {}, labels),
  );
  const keep = (parameters: Record<string, unknown>) =>
    createPlugin(labelSelectorFilter, parameters)
      .filter?.(buildRequest(), endpoints)
      .map((endpoint) => endpoint.slot);
  expect(keep({})).toEqual([0, 1, 2, 3]);
  expect(keep({ matchLabels: { a: '1' } })).toEqual([0, 1]);
  expect(keep({ matchExpressions: [{ key: 'b', operator: 'In', values: ['x', 'y'] }] })).toEqual([0, 2]);
  expect(keep({ matchExpressions: [{ key: 'b', operator: 'NotIn', values: ['x'] }] })).toEqual([1, 2, 3]);
  expect(keep({ matchExpressions: [{ key: 'a', operator: 'Exists' }] })).toEqual([0, 1, 2]);
  expect(
    keep({ matchLabels: { a: '1' }, matchExpressions: [{ key: 'b', operator: 'DoesNotExist' }] }),
  ).toEqual([1]);
});

test.each([
  [{ matchExpressions: [{ key: 'a', operator: 'In' }] }, /need values/],
  [{ matchExpressions: [{ key: 'a', operator: 'Exists', values: ['x'] }] }, /allow none/],
  [{ matchLabels: { a: 1 } }, /matchLabels/],
])('label-selector-filter refuses %j', (parameters: Record<string, unknown>, message) => {
  expect(() => createPlugin(labelSelectorFilter as PluginDefinition, parameters)).toThrow(message);
});

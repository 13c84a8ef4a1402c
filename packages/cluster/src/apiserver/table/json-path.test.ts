import { expect, test } from 'vitest';
import { parseJsonPath } from './json-path.ts';

const object = {
  metadata: { name: 'x', annotations: { 'example.com/a': 'dotted' } },
  status: {
    url: null,
    replicas: 3,
    conditions: [
      { type: 'Ready', status: 'True', reason: 'Fine' },
      { type: 'Stalled', status: 'False' },
    ],
  },
};

test.each([
  ['.metadata.name', ['x']],
  ['{.metadata.name}', ['x']],
  ['$.metadata.name', ['x']],
  ['metadata.name', ['x']],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  ["{.status.conditions[?(@.type=='Ready')].reason}", ['Fine']],
  ['.status.conditions[?(@.type=="None")].status', []],
  ['.status.conditions[?(@.reason)].type', ['Ready']],
  ['.status.conditions[0].type', ['Ready']],
  ['.status.conditions[-1].type', ['Stalled']],
  ['.status.conditions[*].type', ['Ready', 'Stalled']],
  ['.status.conditions[1:].type', ['Stalled']],
  ['.metadata.annotations.example\\.com/a', ['dotted']],
  [".metadata.annotations['example.com/a']", ['dotted']],
  ['.status.url', []],
  ['.status.missing.deep[0]', []],
  ['.metadata.constructor', []],
])('%s selects %j', (path, expected) => {
  expect(parseJsonPath(path)(object)).toEqual(expected);
});

test.each(['.a[', '.a[?(1==1)]', '.a..b', '.a[x'])('%s is refused', (path) => {
  expect(() => parseJsonPath(path)).toThrow('JSON path');
});

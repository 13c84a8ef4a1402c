import { expect, test } from 'vitest';
import { References, referenceTo } from './references.ts';

const gateway = referenceTo('gateway', { namespace: 'infra', name: 'edge' });
const config = referenceTo('config', { namespace: 'demo', name: 'std' });

test('an object leads to the services that use it, and to no others', () => {
  const references = new References();
  references.set({ namespace: 'demo', name: 'a' }, [gateway, config]);
  references.set({ namespace: 'demo', name: 'b' }, [gateway]);
  expect(references.usersOf(gateway)).toEqual(['demo/a', 'demo/b']);
  expect(references.usersOf(config)).toEqual(['demo/a']);
  expect(references.usersOf(referenceTo('httproute', { namespace: 'infra', name: 'edge' }))).toEqual([]);
});

test('what a service no longer uses does not lead to it', () => {
  const references = new References();
  references.set({ namespace: 'demo', name: 'a' }, [gateway, config]);
  references.set({ namespace: 'demo', name: 'a' }, [config]);
  expect(references.usersOf(gateway)).toEqual([]);
  references.set({ namespace: 'demo', name: 'a' }, []);
  expect(references.usersOf(config)).toEqual([]);
});

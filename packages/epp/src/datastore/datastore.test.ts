import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Endpoint } from '../framework/endpoint.ts';
import { buildPod } from '../testing/fake-api.ts';
import { Datastore } from './datastore.ts';

const change = fc.record({
  pod: fc.integer({ min: 0, max: 3 }),
  action: fc.constantFrom('ready', 'unready', 'moved', 'gone'),
  ports: fc.constantFrom([8000], [8000, 8001]),
});

test('after any changes the endpoints are those of the ready pods, each in a slot of its own', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      const removed: Endpoint[] = [];
      const store = new Datastore((endpoint) => removed.push(endpoint));
      const expected = new Map<number, string[]>();
      for (const { pod, action, ports } of changes) {
        const name = `p${pod}`;
        const ip = action === 'moved' ? `10.0.1.${pod}` : `10.0.0.${pod}`;
        if (action === 'gone') store.remove(buildPod({ name, ip }));
        else store.update(buildPod({ name, ip, ready: action !== 'unready' }), ports);
        const isServing = action === 'ready' || action === 'moved';
        expected.set(pod, isServing ? ports.map((port) => `${ip}:${port}`) : []);
      }
      const { endpoints } = store;
      expect(endpoints.map((one) => one.metadata.hostPort).sort()).toEqual(
        [...expected.values()].flat().sort(),
      );
      expect(new Set(endpoints.map((one) => one.slot)).size).toBe(endpoints.length);
      for (const one of endpoints) {
        expect(one.slot).toBeLessThan(store.slots);
        expect(removed).not.toContain(one);
      }
    }),
  );
});

test('an update that changes nothing of note keeps the endpoint and what is known of it', () => {
  const store = new Datastore(() => {});
  store.update(buildPod({ name: 'a', ip: '10.0.0.1' }), [8000]);
  const [before] = store.endpoints;
  store.update(buildPod({ name: 'a', ip: '10.0.0.1', annotations: { note: 'x' } }), [8000]);
  expect(store.endpoints[0]).toBe(before);
  store.update(buildPod({ name: 'a', ip: '10.0.0.1', labels: { role: 'decode' } }), [8000]);
  expect(store.endpoints[0]).not.toBe(before);
});

test('an IPv6 address stands in brackets', () => {
  const store = new Datastore(() => {});
  store.update(buildPod({ name: 'a', ip: 'fd00::1' }), [8000]);
  expect(store.endpoints[0]?.metadata.hostPort).toBe('[fd00::1]:8000');
  expect(store.byAddress('[fd00::1]:8000')).toBe(store.endpoints[0]);
});

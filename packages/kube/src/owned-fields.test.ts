import type { KubeObject } from '@weir/api/meta';
import { expect, test } from 'vitest';
import { OwnedFields } from './owned-fields.ts';

const owned = new OwnedFields('us');

const fieldsV1 = {
  'f:metadata': { 'f:labels': { 'f:team': {} }, 'f:ownerReferences': { 'k:{"uid":"1"}': {} } },
  'f:spec': {
    'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:name': {} } },
    'f:finalizers': { 'v:"a"': {} },
    'f:rules': {},
  },
};

function live(manager = 'us', more: object = {}): KubeObject {
  const managedFields = [
    { manager: 'them', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:theirs': {} } } },
    { manager, operation: 'Apply', subresource: 'status', fieldsV1: { 'f:status': {} } },
    { manager, operation: 'Apply', fieldsV1 },
  ];
  return { apiVersion: 'v1', kind: 'X', metadata: { name: 'x', managedFields }, ...more } as KubeObject;
}

function wanted(spec: object, labels: Record<string, string> = { team: 'a' }): KubeObject {
  return { apiVersion: 'v1', kind: 'X', metadata: { name: 'x', labels }, spec } as KubeObject;
}

const full = { ports: [{ name: 'http', port: 80 }], finalizers: ['a'], rules: [{}], more: 1 };

test('fields that the manager owns are compared with what is wanted, also after they were stripped', () => {
  const stripped = owned.strip(live());
  expect(stripped.metadata).toEqual({ name: 'x' });
  for (const object of [live(), stripped]) {
    expect(owned.areWanted(object, wanted(full))).toBe(true);
    expect(owned.areWanted(object, wanted(full, {}))).toBe(false);
    expect(owned.areWanted(object, wanted({ ...full, ports: [{ name: 'http', port: 81 }] }))).toBe(false);
    expect(owned.areWanted(object, wanted({ ...full, ports: [{ port: 80 }] }))).toBe(false);
    expect(owned.areWanted(object, wanted({ ...full, finalizers: ['b'] }))).toBe(false);
    expect(owned.areWanted(object, wanted({ ...full, rules: undefined }))).toBe(false);
  }
});

test('an object that the manager never applied has to be applied', () => {
  expect(owned.areWanted(owned.strip(live('other')), wanted(full))).toBe(false);
  expect(owned.areWanted({ apiVersion: 'v1', kind: 'X', metadata: {} }, wanted(full))).toBe(false);
});

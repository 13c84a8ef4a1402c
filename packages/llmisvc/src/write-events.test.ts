import { resources } from '@weir/api/meta';
import type { AppliedObject } from '@weir/kube';
import { expect, test } from 'vitest';
import { recordWrites } from './write-events.ts';

const service = {
  apiVersion: 'v1',
  kind: 'LLMInferenceService',
  metadata: { namespace: 'demo', name: 'a' },
  spec: {},
};

function applied(outcome: AppliedObject['outcome'], name: string): AppliedObject {
  const kind = resources.services;
  return {
    kind,
    outcome,
    object: { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'demo', name } },
  };
}

test('one event tells everything that a pass created, one what it updated, one what it deleted', async () => {
  const events: string[] = [];
  const recorder = {
    record: async (_: object, type: string, reason: string, message: string) =>
      void events.push(`${type} ${reason}: ${message}`),
  };
  await recordWrites(recorder, service, {
    applied: [
      applied('created', 'a'),
      applied('unchanged', 'b'),
      applied('updated', 'c'),
      applied('created', 'd'),
    ],
    deleted: [{ kind: resources.clusterRoleBindings, namespace: '', name: 'e' }],
  });
  expect(events).toEqual([
    'Normal Created: Created Service demo/a, Service demo/d',
    'Normal Updated: Updated Service demo/c',
    'Normal Deleted: Deleted ClusterRoleBinding e',
  ]);
});

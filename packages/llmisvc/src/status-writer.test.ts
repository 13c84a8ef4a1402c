import type { Condition } from '@weir/api/meta';
import type { LLMInferenceService } from '@weir/api/serving';
import { silentLogger } from '@weir/core/log';
import { Client, EventRecorder } from '@weir/kube';
import { expect, test } from 'vitest';
import { transitions, writeStatus } from './status-writer.ts';

type Stated = Pick<Condition, 'type' | 'status'> & Partial<Condition>;
const told = (before: Stated[] | undefined, after: Stated[]): string[] =>
  transitions(before && { conditions: before }, { conditions: after }).map(
    ({ type, reason, message }) => `${type} ${reason}: ${message}`,
  );
const ready = (status: Condition['status'], message = ''): Stated => ({ type: 'Ready', status, message });

test('a service that becomes ready says so once, one that fails tells what fails', () => {
  const good = 'Normal LLMInferenceServiceReady: LLMInferenceService is ready';
  expect(told(undefined, [ready('True')])).toEqual([good]);
  expect(told([ready('Unknown')], [ready('True')])).toEqual([good]);
  expect(told([ready('True')], [ready('True', 'm')])).toEqual([]);
  const failing = [ready('False', 'm'), { type: 'RouterReady', status: 'False' } as const];
  expect(told([ready('True')], failing)).toEqual([
    'Warning LLMInferenceServiceNotReady: LLMInferenceService is not ready: RouterReady: m',
  ]);
  expect(told([ready('True')], [ready('Unknown')])).toEqual([]);
  expect(told([ready('Unknown')], failing)).toEqual([]);
  expect(told(undefined, failing)).toEqual([]);
});

test('divergent members, substituted models, failing requests and missing scalers are told when they appear', () => {
  const conditions: Stated[] = [
    { type: 'GroupDegraded', status: 'True', message: 'b serves another model' },
    { type: 'ModelSubstituted', status: 'True', message: 'x instead of y' },
    { type: 'InferenceVerified', status: 'False', reason: 'RequestGateFailed', message: '503' },
    { type: 'MainWorkloadReady', status: 'False', reason: 'ScalingCRDNotFound', message: 'no KEDA' },
  ];
  expect(told([], conditions)).toEqual([
    'Warning MemberDivergence: b serves another model',
    'Warning ModelSubstituted: x instead of y',
    'Warning RequestGateFailed: 503',
    'Warning ScalingCRDNotFound: no KEDA',
  ]);
  expect(told(conditions, conditions)).toEqual([]);
});

test('a spec that does not compose is told once per generation, with what is wrong', () => {
  const failed = (message: string, observedGeneration = 1): Stated => ({
    type: 'PresetsCombined',
    status: 'False',
    reason: 'ConfigNotFound',
    message,
    observedGeneration,
  });
  expect(told(undefined, [failed('no "x"')])).toEqual(['Warning Error: Reconciliation failed: no "x"']);
  expect(told([failed('no "x"')], [failed('no "x", available: y')])).toEqual([]);
  expect(told([failed('no "x"')], [failed('no "z"', 2)])).toEqual([
    'Warning Error: Reconciliation failed: no "z"',
  ]);
  expect(told([failed('no "x"')], [{ type: 'PresetsCombined', status: 'False', reason: 'Stopped' }])).toEqual(
    [],
  );
});

test('rollouts in place are told when they begin, and make nothing unready', () => {
  const stable = (status: Condition['status'], reason: string): Stated => ({
    type: 'RolloutStable',
    status,
    reason,
    message: 'why',
  });
  expect(told([], [stable('False', 'NoSpareRoom')])).toEqual(['Warning NoSpareRoom: why']);
  expect(told([stable('False', 'NoSpareRoom')], [stable('True', 'NoSpareRoom')])).toEqual([]);
  expect(told([stable('True', 'NoSpareRoom')], [stable('False', 'RolloutWaits')])).toEqual([
    'Warning RolloutWaits: why',
  ]);
  const rolling = stable('False', 'NoSpareRoom');
  const failing: Stated[] = [ready('False', 'm'), { type: 'RouterReady', status: 'False' }, rolling];
  expect(told([ready('True'), rolling], failing)).toEqual([
    'Warning LLMInferenceServiceNotReady: LLMInferenceService is not ready: RouterReady: m',
  ]);
});

test.each([
  [500, 'InternalError', ['UpdateFailed: Failed to update the status: boom']],
  [409, 'Conflict', []],
  [404, 'NotFound', []],
])(
  'a status that cannot be written because of %i is an error, told unless it is everyday',
  async (code, reason, expected) => {
    const events: string[] = [];
    const client = new Client({
      fieldManager: 'test',
      fetch: async (path, init) => {
        if (path.includes('/events')) {
          const event = JSON.parse(String(init?.body)) as { reason: string; message: string };
          events.push(`${event.reason}: ${event.message}`);
          return Response.json(event, { status: 201 });
        }
        return Response.json({ kind: 'Status', code, reason, message: 'boom' }, { status: code });
      },
    });
    const recorder = new EventRecorder({ client, component: 'test', log: silentLogger });
    const service: LLMInferenceService = {
      apiVersion: 'serving.kserve.io/v1alpha2',
      kind: 'LLMInferenceService',
      metadata: { name: 'hello', namespace: 'demo', uid: 'u', resourceVersion: '1' },
      spec: { model: { uri: 'hf://a/b' } },
    };
    const sources = { services: { remember: () => {} } } as never;
    const { signal } = new AbortController();
    const write = writeStatus({ client, recorder, sources }, service, { stage: 'Failed' }, signal);
    await expect(write).rejects.toThrow('boom');
    expect(events).toEqual(expected);
  },
);

import { resources } from '@weir/api/meta';
import type { LLMInferenceService } from '@weir/api/serving';
import type { Pod } from '@weir/api/workloads';
import { silentLogger } from '@weir/core/log';
import { eventually } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { childObject, inputFor, nothingObserved } from '../desired/fixtures.ts';
import { computeStatus, type StatusInput } from '../status/compute.ts';
import { type ReadyGate, RequestGate } from './request-gate.ts';
import type { ProbeResponse } from './send.ts';

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

const enginePod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'p',
    uid: 'p1',
    labels: {
      'kserve.io/component': 'workload',
      'app.kubernetes.io/component': 'llminferenceservice-workload',
    },
  },
  spec: { nodeName: 'n', containers: [] },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};

interface World {
  readonly pods?: readonly Pod[];
  readonly available?: boolean;
  readonly template?: string;
  readonly isStopped?: boolean;
}

/** A service without routes, asked at its Service; its status is kept from pass to pass. */
function serviceOf(gate: RequestGate) {
  let previous: LLMInferenceService['status'];
  return (world: World = {}): Record<string, string> => {
    const given = inputFor({ replicas: 1 });
    const { pods = [enginePod], available = true, template = 'a', isStopped = false } = world;
    const deployment = childObject(resources.deployments, 'hello-kserve', {
      spec: { replicas: 1, template: { image: template } },
      status: {
        observedGeneration: 1,
        replicas: 1,
        updatedReplicas: 1,
        availableReplicas: available ? 1 : 0,
        conditions: [{ type: 'Available', status: available ? 'True' : 'False', reason: 'R' }],
      },
    });
    const input: StatusInput = {
      ...given,
      service: { ...given.service, ...(previous === undefined ? {} : { status: previous }) },
      combined: { type: 'combined', spec: given.spec, layers: [], appliedConfigs: [], pins: {} },
      observed: { ...nothingObserved, children: [deployment], pods },
      isStopped,
      problems: [],
      now: 'T',
    };
    previous = gate.judge(input, computeStatus(input));
    return Object.fromEntries(
      (previous.conditions ?? [])
        .filter(({ type }) => type === 'Ready' || type === 'InferenceVerified')
        .map(({ type, status, reason }) => [type, reason === undefined ? status : `${status} ${reason}`]),
    );
  };
}

/** A gate whose services answer with `answer.status`; counts requests and what it reports. */
function gateWith(answer: { status: number; held?: Promise<void> }, mode: ReadyGate = 'auto') {
  const counts = { asked: 0, changed: 0 };
  const gate = new RequestGate({
    mode,
    log: silentLogger,
    onChange: () => counts.changed++,
    send: async (): Promise<ProbeResponse> => {
      counts.asked++;
      await answer.held;
      return { status: answer.status, body: answer.status === 200 ? '{"choices":[{}]}' : '' };
    },
  });
  gate.start(stop.signal);
  return { pass: serviceOf(gate), counts };
}

const changes = (counts: { changed: number }, wanted: number): Promise<unknown> =>
  eventually('a change', async () => counts.changed >= wanted, { everyMs: 5 });

describe('the request gate', () => {
  test('holds Ready back until a request was answered', async () => {
    const { pass, counts } = gateWith({ status: 200 });
    const pending = 'Unknown RequestGatePending';
    expect(pass()).toEqual({ Ready: pending, InferenceVerified: pending });
    await changes(counts, 1);
    expect(pass()).toEqual({ Ready: 'True', InferenceVerified: 'True RequestAnswered' });
    pass();
    expect(counts).toEqual({ asked: 1, changed: 1 });
  });

  test('passes a failure on to Ready, and notices when it ends', async () => {
    const answer = { status: 503 };
    const { pass, counts } = gateWith(answer);
    pass();
    await changes(counts, 1);
    const failed = 'False RequestGateFailed';
    expect(pass()).toEqual({ Ready: failed, InferenceVerified: failed });
    answer.status = 200;
    await changes(counts, 2);
    expect(pass().Ready).toBe('True');
  });

  test('leaves services alone whose pods nobody runs, unless told to ask always', () => {
    const auto = gateWith({ status: 200 });
    expect(auto.pass({ pods: [] })).toEqual({ Ready: 'True' });
    const unbound = { ...enginePod, spec: { containers: [] } };
    expect(auto.pass({ pods: [unbound] })).toEqual({ Ready: 'True' });
    expect(gateWith({ status: 200 }, 'request').pass({ pods: [] }).Ready).toBe('Unknown RequestGatePending');
    expect(gateWith({ status: 200 }, 'kserve').pass()).toEqual({ Ready: 'True' });
  });

  test('goes on asking when all pods of a service are gone at once', async () => {
    const { pass, counts } = gateWith({ status: 200 });
    pass();
    await changes(counts, 1);
    expect(pass({ pods: [] })).toEqual({ Ready: 'True', InferenceVerified: 'True RequestAnswered' });
  });

  test('asks again after the service was broken, and of every revision', async () => {
    const { pass, counts } = gateWith({ status: 200 });
    pass();
    await changes(counts, 1);
    expect(pass({ available: false })).toEqual({
      Ready: 'False R',
      InferenceVerified: 'Unknown RequestGatePending',
    });
    expect(pass().Ready).toBe('Unknown RequestGatePending');
    await changes(counts, 2);
    expect(pass().Ready).toBe('True');
    expect(pass({ template: 'b' }).Ready).toBe('Unknown RequestGatePending');
    await changes(counts, 3);
    expect(pass({ template: 'b' }).Ready).toBe('True');
    expect(counts.asked).toBe(3);
  });

  test('believes no answer from before the service broke', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { pass, counts } = gateWith({ status: 200, held });
    pass();
    await eventually('the request', () => counts.asked === 1, { everyMs: 1 });
    pass({ available: false });
    pass();
    release();
    await changes(counts, 1);
    expect(counts).toEqual({ asked: 2, changed: 1 });
  });

  test('does not hold back what it cannot judge, unless told to insist', async () => {
    const auto = gateWith({ status: 401 });
    auto.pass();
    await changes(auto.counts, 1);
    const inconclusive = 'Unknown RequestGateInconclusive';
    expect(auto.pass()).toEqual({ Ready: 'True', InferenceVerified: inconclusive });
    const strict = gateWith({ status: 401 }, 'request');
    strict.pass();
    await changes(strict.counts, 1);
    expect(strict.pass()).toEqual({ Ready: inconclusive, InferenceVerified: inconclusive });
  });

  test('says nothing about stopped services', async () => {
    const { pass, counts } = gateWith({ status: 200 });
    pass();
    await changes(counts, 1);
    expect(pass({ isStopped: true })).toEqual({ Ready: 'False Stopped' });
  });
});

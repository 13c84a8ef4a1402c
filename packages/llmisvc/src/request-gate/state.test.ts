import type { Condition } from '@weir/api/meta';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outcome } from './ask.ts';
import { type GateState, learn, look, lose, reachedAt, verdictOf } from './state.ts';
import type { GateTarget } from './target.ts';

const target: GateTarget = {
  model: 'm',
  addresses: [
    {
      url: 'http://gw/demo/hello',
      via: 'gateway → pool',
      connect: { host: '10.0.0.1', port: 80 },
      isShared: true,
    },
  ],
  revision: 'r1',
  surroundings: 's1',
  formerPods: [],
  obstacle: null,
};
const answered: Outcome = { type: 'answered', url: 'http://gw/demo/hello' };
const failed: Outcome = { type: 'failed', message: '503 at gateway → pool' };
const at = (nowMs: number) => ({ nowMs, spread: 0.5 });

/** Outcomes one after another, each when it is due. */
function after(
  outcomes: readonly Outcome[],
  start: GateState = look(undefined, target, undefined, at(0)),
): GateState {
  return outcomes.reduce((state, outcome) => learn(state, outcome, at(state.dueAtMs)), start);
}

function told(state: GateState): string {
  const { status, reason, message } = verdictOf(state);
  return `${status} ${reason}: ${message}`;
}

describe('what is known of a service', () => {
  test('a new revision is asked at once and counts for nothing until it answers', () => {
    const state = look(undefined, target, undefined, at(7));
    expect(state.dueAtMs).toBe(7);
    expect(told(state)).toBe(
      'Unknown RequestGatePending: waiting for the first answer at http://gw/demo/hello',
    );
    expect(told(after([answered]))).toBe(
      'True RequestAnswered: revision r1 answered at http://gw/demo/hello',
    );
  });

  test('three refusals in a row count, one or two are a pod that just went', () => {
    expect(told(after([failed, failed]))).toMatch(/^Unknown RequestGatePending/);
    expect(told(after([failed, failed, failed]))).toBe('False RequestGateFailed: 503 at gateway → pool');
    expect(told(after([answered, failed, failed]))).toMatch(/^True/);
    expect(told(after([answered, failed, failed, answered, failed, failed]))).toMatch(/^True/);
    expect(told(after([answered, failed, failed, failed]))).toMatch(/^False/);
    expect(told(after([failed, failed, failed, answered]))).toMatch(/^True/);
  });

  test('what fails is asked again soon, later and later; what works after five minutes', () => {
    const waits: number[] = [];
    let state = look(undefined, target, undefined, at(0));
    for (let i = 0; i < 8; i++) {
      const next = learn(state, failed, at(state.dueAtMs));
      waits.push(next.dueAtMs - state.dueAtMs);
      state = next;
    }
    expect(waits).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    expect(learn(state, answered, at(0)).dueAtMs).toBe(300_000);
  });

  test('a changed template or route has to prove itself anew', () => {
    const state = look(after([answered]), { ...target, revision: 'r2' }, undefined, at(9));
    expect(state).toMatchObject({ finding: 'pending', failures: 0, dueAtMs: 9 });
  });

  test('pods that come and go are reason to ask again, and none to doubt', () => {
    const state = look(after([answered]), { ...target, surroundings: 's2' }, undefined, at(50));
    expect(told(state)).toMatch(/^True/);
    expect(state.dueAtMs).toBe(1050);
    const broken = look(
      after([failed, failed, failed]),
      { ...target, surroundings: 's2' },
      undefined,
      at(601),
    );
    expect(broken.dueAtMs).toBe(601);
  });

  test('a busy engine that answered before is not broken', () => {
    const busy: Outcome = { type: 'busy', message: '429 at gateway → pool' };
    expect(told(after([answered, busy, busy, busy, busy]))).toMatch(/^True/);
    expect(told(after([busy]))).toBe(
      'Unknown RequestGatePending: waiting for the first answer at http://gw/demo/hello, last was 429 at gateway → pool',
    );
  });

  test('an answer of an earlier revision proves nothing and disproves nothing', () => {
    const elsewhere: Outcome = { type: 'elsewhere', message: 'pod old of an earlier revision answered' };
    const state = after([elsewhere]);
    expect(told(state)).toMatch(/^Unknown RequestGatePending: .*, last was pod old of an earlier revision/);
    expect(state.dueAtMs).toBe(1000);
    expect(told(after([elsewhere, answered]))).toMatch(/^True/);
    expect(told(after([answered, elsewhere]))).toMatch(/^True/);
  });

  test('without credentials nothing is known, and after a while it is tried again', () => {
    const state = after([{ type: 'inconclusive', message: '401' }]);
    expect(told(state)).toBe('Unknown RequestGateInconclusive: 401');
    expect(state.dueAtMs).toBe(300_000);
  });

  test('an answer of this revision outlives the controller; one of another does not', () => {
    const condition = (message: string): Condition => ({
      type: 'InferenceVerified',
      status: 'True',
      message,
    });
    const known = verdictOf(after([answered])).message ?? '';
    expect(look(undefined, target, condition(known), at(1))).toMatchObject({
      finding: 'verified',
      dueAtMs: 30_001,
    });
    const other = look(undefined, { ...target, revision: 'r2' }, condition(known), at(1));
    expect(other).toMatchObject({ finding: 'pending', dueAtMs: 1 });
    const doubted = { ...condition(known), status: 'False' as const };
    expect(look(undefined, target, doubted, at(1)).finding).toBe('pending');
  });

  test('tells what keeps the pods of a new revision from being ready', () => {
    const obstacle = { status: 'False', reason: 'EngineCrash', message: 'ended with exit code 1' } as const;
    expect(verdictOf(look(undefined, { ...target, obstacle }, undefined, at(0)))).toEqual(obstacle);
  });
});

test('a gateway that is gone takes what works behind it along at once', () => {
  const lost = lose(after([answered]), 'the gateway does not answer', at(70));
  expect(told(lost)).toBe('False RequestGateFailed: the gateway does not answer');
  expect(lost.dueAtMs).toBe(270);
  expect(told(learn(lost, answered, at(270)))).toMatch(/^True/);
});

test('where a service is reached is known from its answer, or from having one address only', () => {
  const second = {
    ...target.addresses[0],
    url: 'http://internal/demo/hello',
  } as GateTarget['addresses'][number];
  const both = { ...target, addresses: [...target.addresses, second] };
  const known = (more: Partial<GateState>) => reachedAt({ ...after([answered]), target: both, ...more })?.url;
  expect(known({})).toBe('http://gw/demo/hello');
  expect(known({ answeredAt: second.url })).toBe(second.url);
  expect(known({ answeredAt: 'http://elsewhere' })).toBeUndefined();
  expect(known({ answeredAt: 'http://elsewhere', target })).toBe('http://gw/demo/hello');
  expect(known({ finding: 'failed' })).toBeUndefined();
});

test('True is only ever said of a revision that answered and did not fail three times since', () => {
  const outcome = fc.constantFrom<Outcome>(
    answered,
    failed,
    { type: 'busy', message: '' },
    { type: 'inconclusive', message: '' },
  );
  const event = fc.oneof(
    outcome,
    fc.constantFrom('r1', 'r2').map((revision) => ({ type: 'look' as const, revision })),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      let state = look(undefined, target, undefined, at(0));
      let hasAnswered = false;
      let failures = 0;
      for (const [index, one] of events.entries()) {
        if (one.type === 'look') {
          if (one.revision !== state.target.revision) hasAnswered = false;
          state = look(state, { ...target, revision: one.revision }, undefined, at(index));
        } else {
          if (one.type === 'answered') hasAnswered = true;
          if (one.type === 'answered' || one.type === 'inconclusive') failures = 0;
          if (one.type === 'failed') failures++;
          state = learn(state, one, at(index));
        }
        if (verdictOf(state).status === 'True') {
          expect(hasAnswered).toBe(true);
          expect(failures).toBeLessThan(3);
        }
        expect(state.dueAtMs).toBeLessThanOrEqual(index + 330_000);
      }
    }),
  );
});

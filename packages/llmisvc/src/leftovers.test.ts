import { failureStatus, type KubeStatus } from '@weir/api/meta';
import { silentLogger } from '@weir/core/log';
import { Client } from '@weir/kube';
import { expect, test, vi } from 'vitest';
import { deleteLeftovers } from './leftovers.ts';

const left = { metadata: { namespace: 'demo', name: 'left', uid: 'u1' } };

/** Gives what was asked of a server that answers lists in order, the last answer for ever. */
async function tidy(...lists: (KubeStatus | object[])[]): Promise<{ requests: string[]; told: string[] }> {
  const requests: string[] = [];
  const told: string[] = [];
  const client = new Client({
    fieldManager: 'test',
    fetch: async (path, { method = 'GET', body } = {}) => {
      requests.push(`${method} ${path}${body ? ` ${body}` : ''}`);
      if (method !== 'GET') return Response.json({});
      const answer = lists.length > 1 ? lists.shift() : lists[0];
      return Array.isArray(answer)
        ? Response.json({ metadata: {}, items: answer })
        : Response.json(answer, { status: answer?.code ?? 500 });
    },
  });
  const log = { ...silentLogger, warn: (message: string) => void told.push(message) };
  await deleteLeftovers({ client, log, signal: new AbortController().signal });
  return { requests, told };
}

const list =
  'GET /apis/llmd.ai/v1alpha1/variantautoscalings?labelSelector=app.kubernetes.io%2Fpart-of%3Dllminferenceservice';

test('objects of earlier releases are deleted by their uid', async () => {
  expect(await tidy([left])).toEqual({
    requests: [
      list,
      'DELETE /apis/llmd.ai/v1alpha1/namespaces/demo/variantautoscalings/left ' +
        '{"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"u1"}}',
    ],
    told: [],
  });
});

test('where no such kind is served, one request is all', async () => {
  expect(await tidy(failureStatus(404, 'NotFound', 'no'))).toEqual({ requests: [list], told: [] });
});

test('a server that fails is asked three times, and then it is told', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const done = tidy(failureStatus(500, 'InternalError', 'no'));
    await vi.runAllTimersAsync();
    expect(await done).toEqual({
      requests: [list, list, list],
      told: ['VariantAutoscalings of earlier releases are not deleted'],
    });
  } finally {
    vi.useRealTimers();
  }
});

import type { Fetch } from '@weir/kube';
import { expect, test } from 'vitest';
import { withNodeAuthorizer } from './node-authorizer.ts';

function answering(...statuses: readonly number[]): { fetch: Fetch; asked: string[] } {
  const asked: string[] = [];
  const fetch: Fetch = (path) => {
    asked.push(path);
    return Promise.resolve(
      new Response('', { status: statuses[asked.length - 1] ?? statuses.at(-1) ?? 200 }),
    );
  };
  return { fetch, asked };
}

test('what is forbidden at first is asked for again until it is allowed', async () => {
  const { fetch, asked } = answering(403, 403, 200);
  expect((await withNodeAuthorizer(fetch)('/secret')).status).toBe(200);
  expect(asked).toEqual(['/secret', '/secret', '/secret']);
});

test('what stays forbidden is answered so in the end', async () => {
  const { fetch, asked } = answering(403);
  expect((await withNodeAuthorizer(fetch)('/secret')).status).toBe(403);
  expect(asked).toHaveLength(5);
});

test('other answers are final', async () => {
  const { fetch, asked } = answering(404);
  expect((await withNodeAuthorizer(fetch)('/secret')).status).toBe(404);
  expect(asked).toHaveLength(1);
});

test('nobody waits for an answer to a question that was given up', async () => {
  const { fetch, asked } = answering(403);
  const response = await withNodeAuthorizer(fetch)('/secret', { signal: AbortSignal.abort() });
  expect(response.status).toBe(403);
  expect(asked).toHaveLength(1);
});

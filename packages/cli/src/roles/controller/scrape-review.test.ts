import { Client, type Fetch } from '@weir/kube';
import { expect, test } from 'vitest';
import { createScrapeReview } from './scrape-review.ts';

/** Knows the tokens `reader` and `stranger`, of which one may read metrics. */
function fakeServer(): { readonly client: Client; readonly asked: string[] } {
  const asked: string[] = [];
  const fetch: Fetch = async (url, init) => {
    const sent = JSON.parse(String(init?.body)) as { kind: string; spec: Record<string, unknown> };
    asked.push(`${sent.kind} ${sent.spec.token ?? sent.spec.user}`);
    expect(url).toMatch(
      /^\/apis\/(authentication\.k8s\.io\/v1\/token|authorization\.k8s\.io\/v1\/subjectaccess)reviews/,
    );
    if (sent.spec.token === 'broken') return Response.json({ kind: 'Status', code: 500 }, { status: 500 });
    const isKnown = ['reader', 'stranger'].includes(String(sent.spec.token));
    const status =
      sent.kind === 'TokenReview'
        ? { authenticated: isKnown, user: { username: sent.spec.token, groups: ['g'] } }
        : { allowed: sent.spec.user === 'reader' };
    return Response.json({ ...sent, status }, { status: 201 });
  };
  return { client: new Client({ fetch, fieldManager: 'test' }), asked };
}

test('who may get /metrics is let in; a verdict is kept for a while, a refusal for a shorter one', async () => {
  const { client, asked } = fakeServer();
  let nowMs = 0;
  const review = createScrapeReview(client, () => nowMs);
  expect(await review('Bearer reader')).toBe('allowed');
  expect(await review('bearer  reader')).toBe('allowed');
  expect(await review('Bearer stranger')).toBe('forbidden');
  expect(asked).toEqual([
    'TokenReview reader',
    'SubjectAccessReview reader',
    'TokenReview stranger',
    'SubjectAccessReview stranger',
  ]);
  nowMs = 6000;
  await review('Bearer reader');
  await review('Bearer stranger');
  expect(asked).toHaveLength(6);
  nowMs = 61_000;
  await review('Bearer reader');
  expect(asked).toHaveLength(8);
});

test('without a token that is known nobody is asked about rights', async () => {
  const { client, asked } = fakeServer();
  const review = createScrapeReview(client, () => 0);
  for (const header of [undefined, '', 'Basic YTpi', 'Bearer', 'Bearer a b']) {
    expect(await review(header)).toBe('unauthenticated');
  }
  expect(asked).toEqual([]);
  expect(await review('Bearer wrong')).toBe('unauthenticated');
  expect(asked).toEqual(['TokenReview wrong']);
});

test('a flood of unknown tokens is held back, and is not remembered for ever', async () => {
  const { client, asked } = fakeServer();
  const review = createScrapeReview(client, () => 0);
  const verdicts = await Promise.all(Array.from({ length: 20 }, (_, index) => review(`Bearer t${index}`)));
  expect(verdicts.filter((verdict) => verdict === 'busy')).toHaveLength(12);
  expect(asked).toHaveLength(8);
  for (let index = 0; index < 300; index++) await review(`Bearer u${index}`);
  await review('Bearer t0');
  expect(asked.filter((one) => one === 'TokenReview t0')).toHaveLength(2);
});

test('an API server that fails gives no verdict, and the next reader asks again', async () => {
  const { client, asked } = fakeServer();
  const review = createScrapeReview(client, () => 0);
  await expect(review('Bearer broken')).rejects.toThrow();
  await expect(review('Bearer broken')).rejects.toThrow();
  expect(asked).toHaveLength(2);
});

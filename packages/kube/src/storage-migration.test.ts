import { failureStatus, type KubeStatus, type ResourceKind } from '@weir/api/meta';
import { silentLogger } from '@weir/core/log';
import { expect, test } from 'vitest';
import { Client } from './client.ts';
import { migrateStorage } from './storage-migration.ts';

const kind: ResourceKind = {
  group: 'example.test',
  version: 'v2',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
};
const definitionPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.test';

interface World {
  readonly storedVersions?: readonly string[];
  readonly strategy?: string;
  /** Pages of names. */
  readonly pages?: readonly (readonly string[])[];
  /** Answers to the rewriting of an object, by name, in order; then it works. */
  readonly answers?: Readonly<Record<string, KubeStatus[]>>;
  /** What is wrong with the conversion, in order; then nothing. */
  readonly doubts?: string[];
}

/** A server with one definition; gives the requests that were made, and what the log told. */
async function migrate(world: World, timeoutMs = 1000): Promise<{ requests: string[]; told: string[] }> {
  const {
    storedVersions = ['v1', 'v2'],
    strategy = 'Webhook',
    pages = [[]],
    answers = {},
    doubts = [],
  } = world;
  const requests: string[] = [];
  const told: string[] = [];
  const client = new Client({
    fieldManager: 'test',
    fetch: async (path, { method = 'GET', body } = {}) => {
      const [where = '', query = ''] = path.split('?');
      requests.push(`${method} ${where.replace(definitionPath, 'DEFINITION')}${body ? ` ${body}` : ''}`);
      const name = where.split('/').at(-1) ?? '';
      if (method === 'PATCH' && !where.startsWith(definitionPath)) {
        const answer = answers[name]?.shift();
        return Response.json(answer ?? {}, { status: answer?.code ?? 200 });
      }
      if (where.endsWith('/widgets')) {
        const page = Number(new URLSearchParams(query).get('continue') ?? 0);
        const items = (pages[page] ?? []).map((one) => ({
          metadata: { name: one, namespace: 'n', uid: `u-${one}`, resourceVersion: '7' },
        }));
        const next = page + 1 < pages.length ? { continue: String(page + 1) } : {};
        return Response.json({ metadata: next, items });
      }
      return Response.json({
        metadata: { name: 'widgets.example.test', resourceVersion: '3' },
        spec: {
          conversion: { strategy },
          versions: [
            { name: 'v1', storage: false },
            { name: 'v2', storage: true },
          ],
        },
        status: { storedVersions },
      });
    },
  });
  const tell = (message: string): void => {
    told.push(message);
  };
  const log = { ...silentLogger, child: () => log, info: tell, warn: tell, error: tell };
  const { signal } = new AbortController();
  const conversionProblem = async (): Promise<string | null> => doubts.shift() ?? null;
  const times = { timeoutMs, retryMs: 5, settleMs: 1 };
  await migrateStorage({ client, kinds: [kind], ...times, conversionProblem, log, signal });
  return { requests, told };
}

const rewriting = (name: string): string =>
  `PATCH /apis/example.test/v2/namespaces/n/widgets/${name} ` +
  `{"metadata":{"uid":"u-${name}","resourceVersion":"7"}}`;
const forgetting =
  'PATCH DEFINITION/status {"metadata":{"resourceVersion":"3"},"status":{"storedVersions":["v2"]}}';

test('a definition that knows one version costs one request', async () => {
  expect(await migrate({ storedVersions: ['v2'] })).toEqual({ requests: ['GET DEFINITION'], told: [] });
});

test('every object of every page is rewritten before the version is forgotten', async () => {
  const { requests, told } = await migrate({ pages: [['a', 'b'], ['c']] });
  expect(requests).toEqual([
    'GET DEFINITION',
    'GET DEFINITION',
    'GET /apis/example.test/v2/widgets',
    rewriting('a'),
    rewriting('b'),
    'GET /apis/example.test/v2/widgets',
    rewriting('c'),
    'GET DEFINITION',
    forgetting,
  ]);
  expect(told).toEqual(['stored objects are rewritten']);
});

test('an object that is gone or was written meanwhile needs nothing more', async () => {
  const { requests } = await migrate({
    pages: [['gone', 'written', 'last']],
    answers: {
      gone: [failureStatus(404, 'NotFound', 'no')],
      written: [failureStatus(409, 'Conflict', 'later')],
    },
  });
  expect(requests.slice(-3)).toEqual([rewriting('last'), 'GET DEFINITION', forgetting]);
});

test('what fails is tried again, and told once', async () => {
  const failed = failureStatus(500, 'InternalError', 'conversion webhook failed');
  const { requests, told } = await migrate({ pages: [['a']], answers: { a: [failed, failed] } });
  expect(requests.filter((one) => one === rewriting('a'))).toHaveLength(3);
  expect(told).toEqual(['stored objects are not rewritten yet', 'stored objects are rewritten']);
});

test('an object that is refused keeps its version in the definition, and in the end that is told', async () => {
  const invalid = failureStatus(422, 'Invalid', 'spec.x: Invalid value');
  const answers = { a: Array.from({ length: 100 }, () => invalid) };
  const { requests, told } = await migrate({ pages: [['a']], answers }, 20);
  expect(requests).not.toContain(forgetting);
  expect(told.at(-1)).toBe('stored objects are not rewritten; their version has to be served on');
});

test('without a conversion webhook nothing is written, since fields would be lost', async () => {
  const { requests } = await migrate({ strategy: 'None', pages: [['a']] }, 20);
  expect(requests.every((one) => one === 'GET DEFINITION')).toBe(true);
});

test('nothing is written before the server converts', async () => {
  const { requests, told } = await migrate({ pages: [['a']], doubts: ['not yet', 'not yet'] });
  expect(requests.slice(0, 6).every((one) => one === 'GET DEFINITION')).toBe(true);
  expect(requests.slice(6)).toEqual([
    'GET /apis/example.test/v2/widgets',
    rewriting('a'),
    'GET DEFINITION',
    forgetting,
  ]);
  expect(told).toEqual(['stored objects are not rewritten yet', 'stored objects are rewritten']);
});

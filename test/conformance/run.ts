// `npm run conformance -- [--area REGEX] [--only REGEX] [--json FILE]…`: replays KServe's own cases against
// `weir controller` on a real etcd and kube-apiserver. `--proven` runs what test/conformance/proven.json lists.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, realComponent } from '@weir/testing';
import { copySuite } from './suite-copy.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const launcher = path.join(root, 'packages/cli/bin/weir.mjs');

interface Proven {
  /** Areas of which every case passes; they only ever grow. */
  readonly areas: readonly string[];
  /** Passing cases of other areas. */
  readonly cases: readonly string[];
}

/** Ids of the proven cases, as a regular expression. */
function provenIds(suite: string): string {
  const proven = readJson<Proven>(path.join(root, 'test/conformance/proven.json'));
  const index = readJson<{ cases: { id: string; area: string }[] }>(path.join(suite, 'cases/index.json'));
  const known = new Set(index.cases.flatMap(({ id, area }) => [id, area]));
  const unknown = [...proven.areas, ...proven.cases].filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new Error(`proven.json names what the suite does not have: ${unknown.join(', ')}`);
  const ids = index.cases
    .filter(({ id, area }) => proven.areas.includes(area) || proven.cases.includes(id))
    .map(({ id }) => id);
  return `^(${ids.join('|')})$`;
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

function main(argv: readonly string[]): number {
  const original = path.join(
    process.env.WEIR_SHARED ?? path.join(path.dirname(root), 'shared'),
    'conformance',
  );
  if (!existsSync(path.join(original, 'run.mjs'))) {
    console.error(`${original} has no conformance suite: set WEIR_SHARED to the folder that holds it`);
    return 2;
  }
  const apiServer = realComponent('kube-apiserver');
  if (apiServer === null) {
    console.error('kube-apiserver is not built: run `node scripts/components.mjs`');
    return 2;
  }
  const cache = cacheFolder();
  mkdirSync(cache, { recursive: true });
  const suite = copySuite(original, cache);
  const crds = ['llminferenceservices', 'llminferenceserviceconfigs'].flatMap((plural) => [
    '--crds',
    path.join(root, `config/crd/gen/serving.kserve.io_${plural}.json`),
  ]);
  const subjectLog = path.join(tmpdir(), `weir-conformance-${process.pid}.log`);
  const { status } = spawnSync(
    process.execPath,
    [
      path.join(suite, 'run.mjs'),
      ...['--bin', path.dirname(apiServer)],
      // A busy machine takes long to serve large CRDs; it is no part of what the cases ask.
      ...['--boot-timeout', '180'],
      ...['--subject', `exec "${process.execPath}" "${launcher}" controller`],
      ...['--subject-log', subjectLog],
      ...crds,
      ...(argv.includes('--proven') ? ['--only', provenIds(suite)] : []),
      ...argv.filter((argument) => argument !== '--proven'),
    ],
    { stdio: 'inherit' },
  );
  if (status !== 0) console.error(`the controller's log: ${subjectLog}`);
  return status ?? 2;
}

process.exit(main(process.argv.slice(2)));

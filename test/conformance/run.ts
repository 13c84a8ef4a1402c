// `npm run conformance -- [--server kubernetes|embedded] [--area REGEX] [--only REGEX] [--json FILE]…`: replays KServe's
// own cases against `weir controller` on a real etcd and kube-apiserver, or on `weir apiserver`. `--proven` runs what
// test/conformance/proven.json lists.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { realComponent } from '@weir/testing';
import { startEmbeddedServer } from './embedded-server.ts';
import { findSuite } from './suite-copy.ts';

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

interface Options {
  readonly server: 'kubernetes' | 'embedded';
  readonly isProvenOnly: boolean;
  /** What the suite's own runner gets. */
  readonly rest: readonly string[];
}

function parseOptions(argv: readonly string[]): Options {
  const at = argv.indexOf('--server');
  const server = at < 0 ? 'kubernetes' : argv[at + 1];
  if (server !== 'kubernetes' && server !== 'embedded') {
    throw new Error(`--server ${server ?? ''}: must be kubernetes or embedded`);
  }
  const rest = argv.filter((text, index) => text !== '--proven' && (at < 0 || index < at || index > at + 1));
  return { server, isProvenOnly: argv.includes('--proven'), rest };
}

function runSuite(suite: string, controlPlane: readonly string[], options: Options): Promise<number> {
  const crds = ['llminferenceservices', 'llminferenceserviceconfigs'].flatMap((plural) => [
    '--crds',
    path.join(root, `config/crd/gen/serving.kserve.io_${plural}.json`),
  ]);
  const subjectLog = path.join(tmpdir(), `weir-conformance-${process.pid}.log`);
  const argv = [
    path.join(suite, 'run.mjs'),
    ...controlPlane,
    // A busy machine takes long to serve large CRDs; it is no part of what the cases ask.
    ...['--boot-timeout', '180'],
    ...['--subject', `exec "${process.execPath}" "${launcher}" controller`],
    ...['--subject-log', subjectLog],
    ...crds,
    ...(options.isProvenOnly ? ['--only', provenIds(suite)] : []),
    ...options.rest,
  ];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, argv, { stdio: 'inherit' });
    child.once('exit', (code) => {
      if (code !== 0) console.error(`the controller's log: ${subjectLog}`);
      resolve(code ?? 2);
    });
  });
}

async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  const suite = findSuite(root);
  if (options.server === 'kubernetes') {
    const apiServer = realComponent('kube-apiserver');
    if (apiServer === null) throw new Error('kube-apiserver is not built: run `node scripts/components.mjs`');
    return runSuite(suite, ['--bin', path.dirname(apiServer)], options);
  }
  const server = await startEmbeddedServer(launcher);
  try {
    const code = await runSuite(suite, ['--kubeconfig', server.kubeconfig], options);
    if (code !== 0) console.error(`the log of the API server: ${server.logFile}`);
    return code;
  } finally {
    await server.stop();
  }
}

process.exit(
  await main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }),
);

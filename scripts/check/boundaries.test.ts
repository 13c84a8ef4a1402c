import { expect, test } from 'vitest';
import { checkFile } from './boundaries.ts';

const problems = (file: string, text: string): string[] =>
  checkFile(file, text).map(({ problem }) => problem);

test('a package imports only what lies to its left', () => {
  expect(problems('kube/src/client.ts', "import { a } from '@weir/cluster/apiserver';")).toEqual([
    'kube must not import cluster',
  ]);
  expect(problems('gateway/src/a.ts', "import { a } from '@weir/kube';")).toEqual([]);
  expect(problems('llmisvc/src/a.ts', "import { a } from '@weir/epp';")).toEqual([
    'llmisvc may import only epp/config',
  ]);
});

test('deep and relative imports across packages are found', () => {
  expect(problems('epp/src/a.ts', "import { a } from '@weir/kube/src/client.ts';")).toEqual([
    'deep import: @weir/kube/src/client.ts',
  ]);
  expect(problems('epp/src/a.ts', "import { a } from '../../kube/src/client.ts';")).toEqual([
    'reaches into another package: ../../kube/src/client.ts',
  ]);
});

test('pure zones have no clock, chance, node modules or waiting', () => {
  expect(
    problems(
      'llmisvc/src/desired/a.ts',
      "import fs from 'node:fs';\nconst t = Date.now() + Math.random();\nawait x;",
    ),
  ).toEqual([
    'a pure zone imports a node: module',
    'a pure zone reads the clock',
    'a pure zone uses chance',
    'a pure zone is asynchronous',
  ]);
  expect(problems('llmisvc/src/reconciler.ts', 'await x;')).toEqual([]);
});

test('only the command line and main files touch the environment', () => {
  expect(problems('gateway/src/a.ts', 'const x = process.env.HOME;')).toEqual([
    'reads the environment or ends the process',
  ]);
  expect(problems('cli/src/a.ts', 'const x = process.env.HOME;')).toEqual([]);
  expect(problems('cluster/src/apiserver/main.ts', 'process.exit(1);')).toEqual([]);
});

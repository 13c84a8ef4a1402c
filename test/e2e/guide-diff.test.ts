import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { KubeObject } from '@weir/api/meta';
import {
  editedDocuments,
  eventually,
  freePort,
  guideDocuments,
  guideEdits,
  hasComponents,
  startProgram,
  startRealControlPlane,
} from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startController } from './controller-process.ts';
import { root } from './llmisvc-target.ts';

interface Started {
  stop(): Promise<void>;
}
interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
interface Report {
  readonly refusals: readonly string[];
  readonly objects: readonly {
    readonly object: string;
    readonly change: string;
    readonly fields?: readonly { readonly field: string }[];
  }[];
}

const launcher = path.join(root, 'packages/cli/bin/weir.mjs');
const edits = guideEdits();
const namespaces = edits.map(({ example }) => example.slice(0, 3));

/** `weir diff` as it is typed, over every example of the guide: before it is applied, after that, and edited. */
describe.each(['embedded', 'kubernetes'] as const)('the guide and the %s API server', (target) => {
  const isPossible = target === 'embedded' || hasComponents('etcd', 'kube-apiserver');
  describe.skipIf(!isPossible)('weir diff', () => {
    const home = mkdtempSync(path.join(tmpdir(), 'weir-guide-diff-'));
    const started: Started[] = [];
    let kubeconfig = path.join(home, 'kubeconfig');

    beforeAll(async () => {
      if (target === 'kubernetes') {
        const plane = await startRealControlPlane();
        started.push(plane);
        kubeconfig = plane.kubeconfigPath;
        await applyText((await weir('crds', '--all')).stdout);
      } else started.push(await startEmbedded());
      const objects = [
        ...['kserve', ...namespaces].map((name) => objectOf('Namespace', { name })),
        ...namespaces.map((namespace) => objectOf('ServiceAccount', { namespace, name: 'runner' })),
      ];
      const texts = objects.map((object) => JSON.stringify(object));
      await applyText([...texts, (await weir('presets')).stdout].join('\n---\n'));
      started.push(await startController(kubeconfig));
    });
    afterAll(async () => {
      for (const one of started.reverse()) await one.stop();
      rmSync(home, { recursive: true, force: true });
    });

    test('shows what is new, then nothing, then each edit and what follows from it', async () => {
      const examples = edits.map(({ example }) => guideDocuments(example, example.slice(0, 3)));
      const folder = write('examples', examples);
      const before = await diff(folder);
      expect(before.objects.filter(({ change }) => change !== 'created')).toEqual([]);
      const created = before.objects.map(({ object }) => object);
      const own = examples
        .flat()
        .map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
      expect(own.filter((name) => !created.includes(name))).toEqual([]);

      await weir('apply', '-f', folder);
      const settled = async (): Promise<Result | false> => {
        const result = await weir('diff', '-f', folder);
        return result.code === 0 && result;
      };
      const same = await eventually('the controller', settled);
      expect({ ...same, stderr: same.stderr.trimEnd().split('\n').at(-1) }).toEqual({
        code: 0,
        stdout: '',
        stderr: 'nothing would change',
      });

      const after = await diff(
        write(
          'edited',
          edits.map((edit) => editedDocuments(edit, edit.example.slice(0, 3))),
        ),
      );
      expect(linesOf(after)).toEqual(edits.flatMap(({ changes }) => changes));
    });

    async function diff(folder: string): Promise<Report> {
      const { code, stdout, stderr } = await weir('diff', '-f', folder, '-o', 'json');
      const report = JSON.parse(stdout) as Report;
      expect({ code, stderr, refusals: report.refusals }).toEqual({ code: 2, stderr: '', refusals: [] });
      return report;
    }

    function write(name: string, examples: readonly (readonly KubeObject[])[]): string {
      const folder = path.join(home, name);
      mkdirSync(folder);
      for (const [index, documents] of examples.entries()) {
        const text = documents.map((document) => JSON.stringify(document)).join('\n---\n');
        writeFileSync(path.join(folder, `${String(index).padStart(2, '0')}.yaml`), text);
      }
      return folder;
    }

    async function startEmbedded(): Promise<Started> {
      const port = await freePort();
      const argv = ['apiserver', '--ephemeral', '--port', String(port), '--kubeconfig', kubeconfig];
      const program = start('apiserver', argv);
      await eventually('weir apiserver', async () => (await weir('get', 'namespaces')).code === 0, {
        program,
      });
      return program;
    }

    function start(name: string, argv: readonly string[]): ReturnType<typeof startProgram> {
      const logFile = path.join(home, `${name}.log`);
      return startProgram(name, process.execPath, [launcher, ...argv], { logFile, env: environment() });
    }

    function environment(): NodeJS.ProcessEnv {
      return { ...process.env, KUBECONFIG: kubeconfig, WEIR_HOME: home, POD_NAMESPACE: 'kserve' };
    }

    function weir(...argv: readonly string[]): Promise<Result> {
      return run(argv, environment());
    }

    async function applyText(text: string): Promise<void> {
      const file = path.join(home, 'input.yaml');
      writeFileSync(file, text);
      const applied = await weir('apply', '-f', file);
      expect({ ...applied, stdout: '' }).toEqual({ code: 0, stdout: '', stderr: '' });
    }
  });
});

function run(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<Result> {
  return new Promise((resolve) => {
    const options = { env, timeout: 120_000, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [launcher, ...argv], options, (error, stdout, stderr) => {
      resolve({
        code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1,
        stdout,
        stderr,
      });
    });
  });
}

function objectOf(kind: string, metadata: KubeObject['metadata']): KubeObject {
  return { apiVersion: 'v1', kind, metadata };
}

/** `Deployment a-kserve changed: spec.replicas`. */
function linesOf({ objects }: Report): string[] {
  return objects.map(({ object, change, fields = [] }) => {
    const names = fields.map(({ field }) => field).join(', ');
    return `${object.replace(/f\d\d\//, '')} ${change}${names === '' ? '' : `: ${names}`}`;
  });
}

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { realComponent } from '@weir/testing';
import { findSuite } from '../../test/conformance/suite-copy.ts';
import { launcher, root } from './subject.ts';

/** One row of the suite's own measurement; what is not named here goes into the raw file. */
export interface ScaleResult {
  readonly n: number;
  readonly complete: number;
  readonly secondsToAllChildren: number;
  readonly secondsToQuiet: number;
  readonly subjectCpuSeconds: { readonly toQuiet: number };
  readonly requests: { readonly perService: number };
  readonly rssMiB: { readonly idleBefore: number; readonly peak: number };
  readonly apiserverCpuSeconds: number;
}

/** From the creation of `n` services in one namespace to the last of their children, on a fresh control plane each. */
export function measureScale(sizes: string): readonly ScaleResult[] {
  const apiServer = realComponent('kube-apiserver');
  if (apiServer === null) throw new Error('kube-apiserver is not built: run `node scripts/components.mjs`');
  const crds = ['llminferenceservices', 'llminferenceserviceconfigs'].flatMap((plural) => [
    '--crds',
    path.join(root, `config/crd/gen/serving.kserve.io_${plural}.json`),
  ]);
  const folder = mkdtempSync(path.join(tmpdir(), 'weir-bench-'));
  const json = path.join(folder, 'scale.json');
  try {
    const argv = [
      path.join(findSuite(root), 'scale.mjs'),
      ...['--bin', path.dirname(apiServer), '--n', sizes, '--json', json, '--timeout', '900'],
      ...['--subject', `exec "${process.execPath}" "${launcher}" controller`],
      ...crds,
    ];
    execFileSync(process.execPath, argv, { stdio: ['ignore', 'ignore', 'inherit'] });
    return JSON.parse(readFileSync(json, 'utf8')) as readonly ScaleResult[];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { KubeObject } from '@weir/api/meta';
import { parseAllDocuments } from 'yaml';
import { root } from './llmisvc-target.ts';

/** A manifest that people may write, in a namespace of its own. */
export interface Sample {
  /** Its file, below the folder that it comes from. */
  readonly name: string;
  readonly namespace: string;
  readonly documents: readonly KubeObject[];
}

/** What is shipped and what the guide shows. */
export function ownManifests(): Sample[] {
  return samplesOf([
    ...documentsIn(path.join(root, 'config/samples')),
    ...documentsIn(path.join(root, 'test/guide')).filter(({ name }) => /^f\d\d-/.test(name)),
  ]);
}

/** What is shipped, what the guide shows, golden inputs, and KServe's own samples and fixtures where they are. */
export function sampleManifests(): Sample[] {
  const cases = path.join(process.env.WEIR_SHARED ?? path.join(root, '../shared'), 'conformance/cases');
  const bases = documentsIn(path.join(cases, 'e2e-configs')).flatMap(({ documents }) => documents);
  const files = [
    ...documentsIn(path.join(root, 'test/golden')).filter(({ name }) => name.endsWith('input.yaml')),
    ...documentsIn(path.join(cases, 'samples')),
    ...documentsIn(path.join(cases, 'inputs')),
    ...documentsIn(path.join(cases, 'e2e-services')).map(({ name, documents }) => ({
      name,
      documents: [...bases.filter((base) => isNamedBy(base, documents)), ...documents],
    })),
  ];
  const own = ownManifests();
  return [...own, ...samplesOf(files, own.length)];
}

export function documentsOf(samples: readonly Sample[]): KubeObject[] {
  return samples.flatMap(({ documents }) => [...documents]);
}

/** Samples that bring settings or presets meet these alone. */
export function isAlone({ documents }: Sample): boolean {
  return documents.some(({ kind, metadata }) => metadata.namespace === 'kserve' && kind !== 'Gateway');
}

function samplesOf(files: readonly ManifestFile[], from = 0): Sample[] {
  return files.filter(hasService).map(({ name, documents }, index) => {
    const namespace = `sample-${from + index}`;
    return { name, namespace, documents: documents.map((document) => moved(document, namespace)) };
  });
}

function isNamedBy({ metadata }: KubeObject, documents: readonly KubeObject[]): boolean {
  const named = documents.flatMap((one) => (one as Composed).spec?.baseRefs ?? []);
  return named.some(({ name }) => name === metadata.name);
}

interface Composed extends KubeObject {
  spec?: { baseRefs?: readonly { name: string }[] };
}

interface ManifestFile {
  readonly name: string;
  readonly documents: readonly KubeObject[];
}

/** What KServe's cases leave to their runner. */
const placeholders: Readonly<Record<string, string>> = { SYSNS: 'kserve', NS: 'own', POD_IP: '10.0.0.1' };

function documentsIn(folder: string): ManifestFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
    .map((name) => {
      const text = readFileSync(path.join(folder, name), 'utf8').replaceAll(
        /\$\{(\w+)\}/g,
        (whole, placeholder: string) => placeholders[placeholder] ?? whole,
      );
      const documents = parseAllDocuments(text).map((document) => document.toJS() as KubeObject | null);
      return { name, documents: documents.filter((one) => one !== null) };
    });
}

function hasService({ documents }: ManifestFile): boolean {
  return documents.some(({ kind }) => kind === 'LLMInferenceService');
}

const clusterScoped = ['Namespace', 'GatewayClass', 'PersistentVolume', 'DeviceClass'];

/** In the sample's namespace, what it says of others included; the server makes uids and status. */
function moved(document: KubeObject, namespace: string): KubeObject {
  const text = JSON.stringify(document).replaceAll(
    /"namespace":"(default|demo|own|kserve-ci-e2e-test)"/g,
    `"namespace":"${namespace}"`,
  );
  const { status: _status, metadata, ...rest } = JSON.parse(text) as KubeObject & { status?: unknown };
  const { uid: _uid, ...kept } = metadata;
  const isLocal = metadata.namespace === undefined && !clusterScoped.includes(document.kind);
  return { ...rest, metadata: isLocal ? { ...kept, namespace } : kept };
}

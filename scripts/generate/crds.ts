import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { moduleFolder, modules } from './sources.ts';

interface CustomResourceDefinition {
  kind: string;
  metadata: { name: string; annotations?: Record<string, string>; creationTimestamp?: unknown };
  spec: { group: string; names: { plural: string } };
  status?: unknown;
}

/** Folders with CRD files; where two hold the same kind the later one wins. */
const sources: readonly { module: keyof typeof modules; folder: string; only?: string }[] = [
  { module: 'gatewayApi', folder: 'config/crd/standard' },
  { module: 'inferenceExtension', folder: 'config/crd/bases' },
  {
    module: 'inferenceExtensionOld',
    folder: 'config/crd/bases',
    only: 'inference.networking.x-k8s.io_inferencepools.yaml',
  },
  { module: 'leaderWorkerSet', folder: 'config/crd/bases' },
];

/** Writes the CRDs of other projects as compact JSON, `<group>_<plural>.json`, so that starting parses no YAML. */
export function generateCrds(target: string): void {
  mkdirSync(target, { recursive: true });
  for (const source of sources) {
    const folder = path.join(moduleFolder(source.module), source.folder);
    for (const name of readdirSync(folder).sort()) {
      if (!name.endsWith('.yaml') || (source.only !== undefined && name !== source.only)) continue;
      for (const document of parseAllDocuments(readFileSync(path.join(folder, name), 'utf8'))) {
        write(target, document.toJS() as CustomResourceDefinition | null, modules[source.module]);
      }
    }
  }
}

function write(target: string, crd: CustomResourceDefinition | null, module: string): void {
  if (crd?.kind !== 'CustomResourceDefinition') return;
  delete crd.status;
  delete crd.metadata.creationTimestamp;
  crd.metadata.annotations = {
    'weir.dev/generated-by': `npm run generate (scripts/generate/crds.ts) from ${module}`,
    ...crd.metadata.annotations,
  };
  const file = path.join(target, `${crd.spec.group}_${crd.spec.names.plural}.json`);
  writeFileSync(file, `${JSON.stringify(crd)}\n`);
}

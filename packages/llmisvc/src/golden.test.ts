import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KubeObject } from '@weir/api/meta';
import {
  convert,
  type LLMInferenceService,
  type LLMInferenceServiceConfig,
  setDefaults,
} from '@weir/api/serving';
import type { ConfigMap } from '@weir/api/workloads';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { combineConfig } from './config/combine.ts';
import { parsePlatformConfig, platformConfigMapName } from './config/platform-config.ts';
import { computeDesired } from './desired/index.ts';
import { observeDocuments } from './observe-documents.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const goldenFolder = path.join(root, 'test/golden');
const presets = readdirSync(path.join(root, 'config/llmisvcconfig')).flatMap((file) =>
  readObjects(path.join(root, 'config/llmisvcconfig', file)).map((object) => inNamespace(object, 'kserve')),
);

/** `vitest -u` writes the expected files; a person reviews them. */
describe('the objects of a service', () => {
  test.each(readdirSync(goldenFolder))('%s', async (name) => {
    const objects = readObjects(path.join(goldenFolder, name, 'input.yaml'));
    await expect(renderAll(objects)).toMatchFileSnapshot(path.join(goldenFolder, name, 'expected.yaml'));
  });
});

function renderAll(objects: readonly KubeObject[]): string {
  const stored = objects.map((object) => convert(object, 'v1alpha2'));
  const service = setDefaults(
    stored.find(({ kind }) => kind === 'LLMInferenceService') as LLMInferenceService,
  );
  const configs = [...presets, ...stored.filter(({ kind }) => kind === 'LLMInferenceServiceConfig')];
  const settings = objects.find(({ metadata }) => metadata.name === platformConfigMapName);
  const platform = parsePlatformConfig({ systemNamespace: 'kserve' }, settings as ConfigMap | undefined);
  const combined = combineConfig({ service, platform, configs: configs as LLMInferenceServiceConfig[] });
  if (combined.type === 'failed') return stringify({ reason: combined.reason, message: combined.message });
  const observed = observeDocuments(objects, { service, spec: combined.spec, platform });
  const desired = computeDesired({ service, spec: combined.spec, platform, observed });
  const documents = [
    ...desired.parts.flatMap((part) => part.apply.map(({ object }) => object)),
    ...desired.parts.flatMap((part) => part.generate ?? []),
    ...desired.parts.flatMap((part) => part.conditions ?? []),
    ...desired.parts.flatMap((part) => part.warnings ?? []),
  ];
  return documents
    .map((document) =>
      stringify(document, { lineWidth: 0, aliasDuplicateObjects: false, sortMapEntries: true }),
    )
    .join('---\n');
}

function readObjects(file: string): KubeObject[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as KubeObject);
}

function inNamespace(object: KubeObject, namespace: string): KubeObject {
  return { ...object, metadata: { ...object.metadata, namespace } };
}

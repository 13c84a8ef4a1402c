import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { KubeObject } from '@weir/api/meta';
import { parseManifests } from '../cluster/manifests.ts';

/** CRDs that ship with the product, as generated; `groups` restricts them to API groups. */
export function loadCrds(root: string, groups?: readonly string[]): KubeObject[] {
  const folder = path.join(root, 'config', 'crd', 'gen');
  // Files are called GROUP_PLURAL.json.
  const isWanted = (name: string): boolean => groups?.includes(name.split('_')[0] ?? '') ?? true;
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json') && isWanted(name))
    .sort()
    .map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as KubeObject);
}

/** The well-known configs, placed in the system namespace. */
export function loadPresets(root: string, systemNamespace: string): KubeObject[] {
  const folder = path.join(root, 'config', 'llmisvcconfig');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .flatMap((name) => parseManifests(readFileSync(path.join(folder, name), 'utf8'), name))
    .map((preset) => ({ ...preset, metadata: { ...preset.metadata, namespace: systemNamespace } }));
}

/** The same, each parsed only when its spec is asked for: few services need more than four. */
export function loadPresetsLazily(root: string, systemNamespace: string): KubeObject[] {
  const folder = path.join(root, 'config', 'llmisvcconfig');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((file) => {
      let spec: unknown;
      const preset = {
        apiVersion: 'serving.kserve.io/v1alpha2',
        kind: 'LLMInferenceServiceConfig',
        // A preset's file has its name, less the prefix.
        metadata: { name: `kserve-${path.basename(file, '.yaml')}`, namespace: systemNamespace },
        get spec(): unknown {
          spec ??= specOf(readFileSync(path.join(folder, file), 'utf8'), file);
          return spec;
        },
      };
      return preset;
    });
}

function specOf(text: string, file: string): unknown {
  const [preset] = parseManifests(text, file) as (KubeObject & { spec?: unknown })[];
  return preset?.spec;
}

export function loadSample(root: string, name: string): KubeObject[] {
  const file = path.join(root, 'config', 'samples', name);
  return parseManifests(readFileSync(file, 'utf8'), file);
}

import { type KubeObject, keyOf, keyText, resources } from '@weir/api/meta';
import { convert, type LLMInferenceServiceConfig, servingResources } from '@weir/api/serving';
import type { ConfigMap } from '@weir/api/workloads';
import type { Client } from '@weir/kube';
import { parsePlatformConfig } from '@weir/llmisvc';
import type { CommonOptions } from '../commands/options.ts';
import { type CliContext, connect, installRoot } from '../context.ts';
import { loadCrds, loadPresetsLazily } from '../local/shipped.ts';
import type { Surroundings } from './check.ts';

export interface SurroundingsOptions extends CommonOptions {
  readonly filename: string[];
  /** Presets, Configs and settings of a cluster instead of the shipped ones. */
  readonly live?: boolean;
  readonly systemNamespace: string;
}

const configMapName = 'inferenceservice-config';

/** The presets that documents meet: those that ship with this program, or those of a cluster. */
export async function loadSurroundings(
  context: CliContext,
  options: SurroundingsOptions,
  documents: readonly KubeObject[],
): Promise<Surroundings> {
  const { systemNamespace } = options;
  const crds = loadCrds(installRoot()).filter((crd) => isNeeded(crd, documents));
  const own = documents.filter(({ kind }) => kind === servingResources.configs.kind);
  if (options.live !== true) {
    const presets = loadPresetsLazily(installRoot(), systemNamespace);
    const settings = documents.find((document) => isSettings(document, systemNamespace));
    const platform = parsePlatformConfig({ systemNamespace }, settings as ConfigMap | undefined);
    return { crds, platform, configs: overlay(presets as LLMInferenceServiceConfig[], own) };
  }
  const { client } = await connect(context, options);
  return { crds, ...(await loadLive(client, systemNamespace, documents)) };
}

/** The presets, Configs and settings of a cluster, as they are once the documents are applied. */
export async function loadLive(
  client: Client,
  systemNamespace: string,
  documents: readonly KubeObject[],
): Promise<Omit<Surroundings, 'crds'>> {
  const own = documents.filter(({ kind }) => kind === servingResources.configs.kind);
  const { items } = await client.list(servingResources.configs);
  const key = { namespace: systemNamespace, name: configMapName };
  const settings =
    documents.find((document) => isSettings(document, systemNamespace)) ??
    (await client.find(resources.configMaps, key));
  const platform = parsePlatformConfig({ systemNamespace }, settings as ConfigMap | undefined);
  return { platform, configs: overlay(items, own) };
}

/** Reading a definition takes longer than everything else. */
function isNeeded(crd: KubeObject, documents: readonly KubeObject[]): boolean {
  const { spec } = crd as KubeObject & { spec: { group: string; names: { kind: string } } };
  return documents.some(
    ({ apiVersion, kind }) => kind === spec.names.kind && apiVersion.startsWith(`${spec.group}/`),
  );
}

function isSettings({ kind, metadata }: KubeObject, systemNamespace: string): boolean {
  return kind === 'ConfigMap' && metadata.name === configMapName && metadata.namespace === systemNamespace;
}

/** A Config among the documents takes the place of one that exists. */
function overlay(
  existing: readonly LLMInferenceServiceConfig[],
  documents: readonly KubeObject[],
): LLMInferenceServiceConfig[] {
  const all = new Map(existing.map((config) => [keyText(keyOf(config)), config]));
  for (const document of documents) {
    const config = convert(document, servingResources.configs.version) as LLMInferenceServiceConfig;
    all.set(keyText(keyOf(config)), config);
  }
  return [...all.values()];
}

import { type KubeObject, keyOf, keyText, resources } from '@weir/api/meta';
import { convert, type LLMInferenceServiceConfig, servingResources } from '@weir/api/serving';
import type { ConfigMap } from '@weir/api/workloads';
import type { Client } from '@weir/kube';
import { parsePlatformConfig } from '@weir/llmisvc';
import type { CommonOptions } from '../commands/options.ts';
import { type CliContext, installRoot } from '../context.ts';
import { loadCrds, loadPresetsLazily } from '../local/shipped.ts';
import type { Surroundings } from './compose.ts';
import { completeBySchema } from './schema.ts';

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
  const groups = documents.map(({ apiVersion }) => apiVersion.split('/')[0] ?? '');
  const crds = loadCrds(installRoot(), groups).filter((crd) => isNeeded(crd, documents));
  const own = documents.filter(({ kind }) => kind === servingResources.configs.kind);
  if (options.live !== true) {
    const presets = loadPresetsLazily(installRoot(), systemNamespace);
    const settings = documents.find((document) => isSettings(document, systemNamespace));
    const platform = parsePlatformConfig({ systemNamespace }, settings as ConfigMap | undefined);
    const configs = overlay(presets as LLMInferenceServiceConfig[], own);
    return { crds, platform, configs: configs.map((config) => completeLazily(crds, config)) };
  }
  // What connections need takes as long to load as everything else.
  const { connect } = await import('../cluster/connect.ts');
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

/** Reading a definition takes longer than everything else. Services are composed from Configs. */
function isNeeded(crd: KubeObject, documents: readonly KubeObject[]): boolean {
  const { spec } = crd as KubeObject & { spec: { group: string; names: { kind: string } } };
  const { configs, services } = servingResources;
  return documents.some(
    ({ apiVersion, kind }) =>
      apiVersion.startsWith(`${spec.group}/`) &&
      (kind === spec.names.kind || (kind === services.kind && spec.names.kind === configs.kind)),
  );
}

/** With the defaults that a server stores, put in when the spec is first asked for: few presets are. */
function completeLazily(
  crds: readonly KubeObject[],
  config: LLMInferenceServiceConfig,
): LLMInferenceServiceConfig {
  let complete: LLMInferenceServiceConfig | undefined;
  return {
    apiVersion: config.apiVersion,
    kind: config.kind,
    metadata: config.metadata,
    get spec() {
      complete ??= completeBySchema(crds, { ...config }) as LLMInferenceServiceConfig;
      return complete.spec;
    },
  } as LLMInferenceServiceConfig;
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

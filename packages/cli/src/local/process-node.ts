import { mkdirSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { createAddressPool, type Kubelet, type KubeletOptions, startKubelet } from '@weir/cluster/kubelet';
import { installRoot } from '../context.ts';
import type { HomeLayout } from './home.ts';
import { createImageResolver } from './image-resolver.ts';
import { writeShims } from './programs.ts';

type OwnOptions = Pick<
  KubeletOptions,
  | 'client'
  | 'nodeName'
  | 'nodeIP'
  | 'logPort'
  | 'nodeLabels'
  | 'apiAccess'
  | 'provisionLocalVolumes'
  | 'addsServiceAccountTokens'
  | 'log'
  | 'signal'
>;

export interface ProcessNodeOptions extends OwnOptions {
  readonly home: HomeLayout;
  readonly podCidr: string;
  /** Folder that all pods share downloaded models in. */
  readonly modelCache: string;
  /** Image pattern → program. */
  readonly imageMap: Readonly<Record<string, string>>;
  /** What starts a process of ours: node and the launcher. */
  readonly node: string;
  readonly launcher: string;
}

/** This machine as a node whose pods are processes: our programs stand in for those of images. */
export function startProcessNode(options: ProcessNodeOptions): Promise<Kubelet> {
  const { home, podCidr, modelCache, imageMap, node, launcher, ...kubelet } = options;
  mkdirSync(modelCache, { recursive: true, mode: 0o700 });
  writeShims(home.shims, node, launcher);
  return startKubelet({
    ...kubelet,
    stateDir: home.kubelet,
    allocatable: sharedAllocatable(),
    addresses: createAddressPool({ cidr: podCidr, file: home.podAddresses }),
    images: createImageResolver({
      shims: home.shims,
      env: {
        WEIR_MODEL_CACHE: modelCache,
        WEIR_MODEL_ALIASES: home.modelAliases,
        WEIR_BUNDLE: 'keep',
      },
      imageMap: new Map(Object.entries(imageMap)),
    }),
    keepVisible: [installRoot(), modelCache, home.modelAliases],
  });
}

/** How often requests may promise the same core or byte. */
const overcommit = 16;

/**
 * Processes share a machine, nothing is reserved: presets sized for clusters (an endpoint picker asks for a core and
 * 2 GiB, and uses a hundredth) must fit several times. Memory limits are still enforced.
 */
function sharedAllocatable(): Record<string, string> {
  return {
    cpu: String(availableParallelism() * overcommit),
    memory: `${Math.floor(totalmem() / 1024) * overcommit}Ki`,
  };
}

import type { ReadyGate } from '@weir/llmisvc';
import type { HomeLayout } from './home.ts';
import { homeLayout } from './home.ts';

/** What the control plane of a local platform is started with: plain data, handed over as one JSON argument. */
export interface PlatformSettings {
  readonly home: string;
  readonly portBase: number;
  readonly slot: number;
  readonly isEphemeral: boolean;
  /** Folder that all pods share downloaded models in. */
  readonly modelCache: string;
  /** `--image-map`: image pattern → program. */
  readonly imageMap: Readonly<Record<string, string>>;
  readonly readyGate: ReadyGate;
  /** What starts a process of ours: node and the launcher. */
  readonly node: string;
  readonly launcher: string;
}

export function layoutOf(settings: PlatformSettings): HomeLayout {
  return homeLayout(settings.home);
}

export const systemNamespace = 'kserve';

/** Port of the API server: base + 1 (features C3). */
export function apiServerPort(settings: Pick<PlatformSettings, 'portBase'>): number {
  return settings.portBase + 1;
}

/** Loopback ranges of a slot: sixteen blocks of 256 addresses each for pods and for Services (features C3). */
export function loopbackRanges(slot: number): { readonly pods: string; readonly services: string } {
  return { pods: `127.78.${slot * 16}.0/20`, services: `127.79.${slot * 16}.0/20` };
}

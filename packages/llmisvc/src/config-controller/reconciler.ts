import { keyOf, keyText, type ObjectKey } from '@weir/api/meta';
import {
  type LLMInferenceService,
  type LLMInferenceServiceConfig,
  servingResources,
} from '@weir/api/serving';
import { canonicalJson } from '@weir/core/hash';
import { type Client, type EventRecorder, type Informer, isKubeError, type Reconciler } from '@weir/kube';
import { computeConfigStatus, deletionBlocked, isDeletionBlocked } from './config-status.ts';
import { configIndex, sortedKeys } from './referenced-by.ts';

/** Held by this controller while services are composed with the Config. */
const configFinalizer = 'serving.kserve.io/llmisvcconfig-finalizer';

export interface ConfigReconcilerOptions {
  readonly client: Client;
  readonly configs: Informer<LLMInferenceServiceConfig>;
  readonly services: Informer<LLMInferenceService>;
  readonly recorder: EventRecorder;
  readonly systemNamespace: string;
  readonly now: () => Date;
}

/** Keeps a Config while it is in use, and says by whom. */
export function createConfigReconciler(options: ConfigReconcilerOptions): Reconciler {
  return async (key, { signal }) => {
    const config = options.configs.get(key);
    if (config === undefined) return undefined;
    const isLeaving = config.metadata.deletionTimestamp !== undefined;
    const isHeld = config.metadata.finalizers?.includes(configFinalizer) === true;
    const users = sortedKeys(options.services.byIndex(configIndex, keyText(keyOf(config))));
    if (isLeaving && users.length === 0) {
      if (isHeld) await setFinalizer(options.client, config, false, signal);
    } else if (!isLeaving && !isHeld) {
      // The change of the object brings it back.
      await setFinalizer(options.client, config, true, signal);
    } else {
      await writeConfigStatus(options, config, users, signal);
    }
    return undefined;
  };
}

async function writeConfigStatus(
  { client, configs, recorder, now }: ConfigReconcilerOptions,
  config: LLMInferenceServiceConfig,
  users: readonly ObjectKey[],
  signal: AbortSignal,
): Promise<void> {
  const time = now()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z');
  const status = computeConfigStatus(config, users, time);
  if (canonicalJson(config.status ?? {}) === canonicalJson(status)) return;
  const next = { ...config, status };
  configs.remember(await client.update(servingResources.configs, next, { subresource: 'status', signal }));
  if (isDeletionBlocked(status) && !isDeletionBlocked(config.status)) {
    const [condition] = status.conditions ?? [];
    await recorder.record(config, 'Warning', deletionBlocked, condition?.message ?? '');
  }
}

async function setFinalizer(
  client: Client,
  config: LLMInferenceServiceConfig,
  isWanted: boolean,
  signal: AbortSignal,
): Promise<void> {
  const others = (config.metadata.finalizers ?? []).filter((one) => one !== configFinalizer);
  const finalizers = isWanted ? [...others, configFinalizer] : others;
  const { resourceVersion } = config.metadata;
  const patch = { metadata: { resourceVersion, finalizers } };
  try {
    await client.patch(servingResources.configs, keyOf(config), patch, { signal });
  } catch (error) {
    if (isWanted || !isKubeError(error, 'NotFound')) throw error;
  }
}

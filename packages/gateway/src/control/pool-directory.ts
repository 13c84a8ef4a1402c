import type { InferencePool } from '@weir/api/inference';
import { keyOf, keyText, type ObjectKey, resources } from '@weir/api/meta';
import type { ConfigMap } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import type { ReloadablePicker } from '@weir/epp';
import { type Client, delay, Informer } from '@weir/kube';
import type { PoolBackend } from '../proxy/context.ts';
import type { Informers } from './informers.ts';
import { findPickerConfig, type PickerConfigSource } from './picker-config.ts';
import { poolMembers } from './pool-members.ts';

export interface CreatePickerOptions {
  readonly client: Client;
  readonly poolKey: ObjectKey;
  /** null: the default configuration. */
  readonly configText: string | null;
  readonly log: Logger;
  readonly now: () => number;
  readonly random: () => number;
}

/** `createPicker` of the endpoint picker. Throws when the configuration is not usable. */
export type CreatePicker = (options: CreatePickerOptions) => ReloadablePicker;

/** A new picker without endpoints would refuse everything, so requests wait for it this long at most. */
const maxReadyMs = 2000;

export interface PoolDirectoryOptions {
  readonly client: Client;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly informers: Informers;
  readonly createPicker: CreatePicker | null;
  /** Something was read that only `sync` can use. */
  readonly onChange: () => void;
}

interface PoolState extends PoolBackend {
  pool: InferencePool;
  picker: ReloadablePicker | null;
  problem: string | null;
  failureMode: 'FailOpen' | 'FailClose';
  /** Configuration of `picker`, or of the last attempt to make one; undefined before the first. */
  configText: string | null | undefined;
}

/** One embedded picker for every InferencePool, with the configuration that the pool's EPP Deployment has. */
export class PoolDirectory {
  readonly #pools = new Map<string, PoolState>();
  readonly #configMaps = new Map<string, Informer<ConfigMap>>();
  readonly #options: PoolDirectoryOptions;

  constructor(options: PoolDirectoryOptions) {
    this.#options = options;
  }

  find(key: ObjectKey): PoolBackend | undefined {
    return this.#pools.get(keyText(key));
  }

  /** Brings pickers in line with the pools that exist and their configurations. */
  async sync(): Promise<void> {
    const { informers } = this.#options;
    const pools = informers.pools.list().filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const keys = new Set(pools.map((pool) => keyText(keyOf(pool))));
    for (const [key, state] of this.#pools) {
      if (keys.has(key)) continue;
      state.picker?.stop();
      this.#pools.delete(key);
    }
    await Promise.all(pools.map((pool) => this.#syncPool(pool)));
  }

  stop(): void {
    for (const { picker } of this.#pools.values()) picker?.stop();
    this.#pools.clear();
  }

  async #syncPool(pool: InferencePool): Promise<void> {
    const state = this.#stateOf(pool);
    const { informers } = this.#options;
    const source = findPickerConfig(pool, (key) => informers.services.get(key), informers.deployments.list());
    const configText = this.#read(source);
    if (configText === undefined) {
      state.problem ??= 'its configuration has not been read yet';
      return;
    }
    if (configText === state.configText) return;
    state.configText = configText;
    await this.#replacePicker(state, configText);
  }

  #stateOf(pool: InferencePool): PoolState {
    const key = keyText(keyOf(pool));
    const failureMode = pool.spec.endpointPickerRef?.failureMode ?? 'FailClose';
    const existing = this.#pools.get(key);
    if (existing !== undefined) {
      existing.pool = pool;
      existing.failureMode = failureMode;
      return existing;
    }
    const { informers } = this.#options;
    const state: PoolState = {
      pool,
      picker: null,
      problem: null,
      failureMode,
      configText: undefined,
      members: () => poolMembers(state.pool, informers.pods.list(state.pool.metadata.namespace)),
    };
    this.#pools.set(key, state);
    return state;
  }

  /** A configuration that does not load leaves the picker that works in place. */
  async #replacePicker(state: PoolState, configText: string | null): Promise<void> {
    const { client, log, createPicker, signal } = this.#options;
    const poolKey = keyOf(state.pool);
    if (createPicker === null) {
      state.problem = 'this gateway was started without an endpoint picker';
      return;
    }
    try {
      if (state.picker !== null) {
        state.picker.reload(configText);
        state.problem = null;
        return;
      }
      const picker = createPicker({
        client,
        poolKey,
        configText,
        log: log.child({ pool: keyText(poolKey) }),
        now: () => performance.now(),
        random: Math.random,
      });
      await Promise.race([picker.whenReady(), delay(maxReadyMs, signal)]);
      state.picker = picker;
      state.problem = null;
      log.info('endpoint picker started', { pool: keyText(poolKey), isDefaultConfig: configText === null });
    } catch (error) {
      state.problem = toError(error).message;
      log.error('endpoint picker cannot start', { pool: keyText(poolKey), error: state.problem });
    }
  }

  /** undefined: not known yet, or its ConfigMap does not exist. */
  #read(source: PickerConfigSource): string | null | undefined {
    if (source.type === 'default') return null;
    if (source.type === 'text') return source.text;
    const name = keyText(source.key);
    let informer = this.#configMaps.get(name);
    if (informer === undefined) {
      const { client, log, signal, onChange } = this.#options;
      informer = new Informer<ConfigMap>({
        client,
        kind: resources.configMaps,
        log,
        namespace: source.key.namespace,
        fieldSelector: `metadata.name=${source.key.name}`,
      });
      informer.onChange(onChange);
      informer.start(signal);
      this.#configMaps.set(name, informer);
    }
    return informer.get(source.key)?.data?.[source.entry];
  }
}

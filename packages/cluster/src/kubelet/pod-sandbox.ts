import { resources } from '@weir/api/meta';
import type { Pod, ServiceAccount } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import type { NodeContext } from './node-context.ts';
import { podDirs, removePodFolder } from './pod-dirs.ts';
import { withServiceAccountToken } from './service-account.ts';
import { PodVolumes, removeMemoryVolumes, type VolumeContext, VolumeError } from './volumes/index.ts';

/** What the containers of a pod share: its address and its volumes. */
export class PodSandbox {
  readonly volumes: PodVolumes = new PodVolumes();
  readonly #node: NodeContext;
  readonly #uid: string;
  #account: ServiceAccount | undefined;
  #podIP: string | null = null;
  #isPrepared = false;
  #areVolumesStale = false;
  #retryAtMs: number | null = null;

  constructor(node: NodeContext, uid: string) {
    this.#node = node;
    this.#uid = uid;
  }

  get isPrepared(): boolean {
    return this.#isPrepared;
  }

  get podIP(): string | null {
    return this.#podIP;
  }

  /** After a failure: when to try again. */
  get retryAtMs(): number | null {
    return this.#retryAtMs;
  }

  /** When `refresh` has something to do by itself; null: not before an object changes. */
  get refreshAtMs(): number | null {
    if (!this.#isPrepared) return null;
    return this.#retryAtMs ?? (this.#areVolumesStale ? 0 : this.volumes.refreshAtMs);
  }

  /** The pod with what the node adds to it. */
  podToRun(pod: Pod): Pod {
    return this.#node.addsServiceAccountTokens ? withServiceAccountToken(pod, this.#account) : pod;
  }

  /** Takes an address and makes the volumes; a failure is recorded on the pod and tried again later. */
  async prepare(pod: Pod): Promise<void> {
    const node = this.#node;
    await this.#attempt(pod, async () => {
      if (node.addsServiceAccountTokens) this.#account = await this.#findAccount(pod);
      this.takeAddress(pod);
      await this.#mount(pod);
      this.#isPrepared = true;
    });
  }

  /** The address that the pod has from now on: the same one in every life of the kubelet. */
  takeAddress(pod: Pod): string {
    const { hostIP, addresses } = this.#node;
    this.#podIP = pod.spec?.hostNetwork === true ? hostIP : addresses.acquire(this.#uid);
    return this.#podIP;
  }

  /** Brings the content of volumes up to date where it is due. What cannot be renewed stays: containers run on it. */
  async refresh(pod: Pod): Promise<void> {
    const { refreshAtMs } = this;
    if (refreshAtMs !== null && refreshAtMs <= Date.now()) await this.#attempt(pod, () => this.#mount(pod));
  }

  /** An object that the volumes show has changed or appeared. */
  objectsChanged(): void {
    this.#areVolumesStale = true;
    this.#retryAtMs = null;
  }

  /** The pod stops for now: what it held in memory goes, the rest stays for its next start. */
  suspend(): void {
    removeMemoryVolumes(podDirs(this.#node.dirs, this.#uid).volumes);
  }

  /** Gives everything back. */
  remove(): void {
    removePodFolder(podDirs(this.#node.dirs, this.#uid));
    this.#node.addresses.release(this.#uid);
  }

  async #attempt(pod: Pod, action: () => Promise<void>): Promise<void> {
    this.#areVolumesStale = false;
    this.#retryAtMs = null;
    try {
      await action();
    } catch (error) {
      const reason = error instanceof VolumeError ? 'FailedMount' : 'FailedCreatePodSandBox';
      void this.#node.events.record(pod, 'Warning', reason, toError(error).message);
      this.#retryAtMs = Date.now() + this.#node.timings.configRetryMs;
    }
  }

  #findAccount({ metadata, spec }: Pod): Promise<ServiceAccount | undefined> {
    const { client, signal } = this.#node;
    const key = { namespace: metadata.namespace ?? '', name: spec?.serviceAccountName ?? 'default' };
    return client.find(resources.serviceAccounts, key, { signal });
  }

  #mount(pod: Pod): Promise<void> {
    return this.volumes.refresh(this.podToRun(pod).spec?.volumes ?? [], this.#volumeContext(pod));
  }

  #volumeContext(pod: Pod): VolumeContext {
    const node = this.#node;
    return {
      client: node.client,
      pod,
      volumesDir: podDirs(node.dirs, this.#uid).volumes,
      claimsDir: node.dirs.claims,
      facts: { pod, podIP: this.#podIP ?? '', hostIP: node.hostIP, allocatable: node.allocatable },
      apiAccess: node.apiAccess,
      writableHostPaths: node.writableHostPaths,
      provisionLocalVolumes: node.provisionLocalVolumes,
      signal: node.signal,
      nowMs: Date.now(),
    };
  }
}

import { keyOf, resources } from '@weir/api/meta';
import type { Deployment, ReplicaSet } from '@weir/api/workloads';
import { canonicalJson } from '@weir/core/hash';
import { isKubeError } from '@weir/kube';
import type { ControllerContext } from '../context.ts';
import type { NewCondition } from './conditions.ts';
import {
  buildReplicaSet,
  findNewReplicaSet,
  replicaSetAnnotations,
  revisionOf,
  sizeAnnotations,
} from './replica-sets.ts';
import { replicasOf } from './replicas.ts';
import { newReplicaCount } from './rolling-update.ts';

/** One reconciliation of one Deployment: its ReplicaSets, changed by the steps below. */
export class Rollout {
  readonly context: ControllerContext;
  readonly deployment: Deployment;
  readonly signal: AbortSignal;
  progress: NewCondition | null = null;
  /** The ReplicaSet of the current template. */
  current: ReplicaSet | undefined;
  old: ReplicaSet[];

  constructor(
    context: ControllerContext,
    deployment: Deployment,
    sets: readonly ReplicaSet[],
    signal: AbortSignal,
  ) {
    this.context = context;
    this.deployment = deployment;
    this.signal = signal;
    this.current = findNewReplicaSet(deployment, sets);
    this.old = sets.filter((set) => set !== this.current);
  }

  get all(): ReplicaSet[] {
    return this.current === undefined ? [...this.old] : [...this.old, this.current];
  }

  get revision(): number {
    return this.current === undefined ? 0 : revisionOf(this.current);
  }

  /** Brings the new ReplicaSet's annotations up to date. */
  async annotateCurrent(): Promise<void> {
    const { current, deployment } = this;
    if (current === undefined) return;
    const annotations = replicaSetAnnotations(deployment, current, this.#nextRevision());
    const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
    const isSame =
      canonicalJson(annotations) === canonicalJson(current.metadata.annotations) &&
      minReadySeconds === (current.spec?.minReadySeconds ?? 0);
    if (isSame) return;
    await this.#update(current, {
      ...current,
      metadata: { ...current.metadata, annotations },
      spec: { selector: {}, ...current.spec, minReadySeconds },
    });
  }

  /** Creates the ReplicaSet of the current template if there is none. */
  async ensureCurrent(): Promise<ReplicaSet> {
    if (this.current !== undefined) {
      await this.annotateCurrent();
      const isUnannounced = this.deployment.status?.conditions?.every(({ type }) => type !== 'Progressing');
      if (isUnannounced ?? true) this.#announce('FoundNewReplicaSet', 'Found new replica set', this.current);
      return this.current;
    }
    const size = newReplicaCount(this.deployment, this.old, undefined);
    const wanted = buildReplicaSet(this.deployment, this.#nextRevision(), size);
    const created = await this.#create(wanted);
    this.current = created;
    this.#announce('NewReplicaSetCreated', 'Created new replica set', created);
    if (size > 0) await this.#recordScaling(created, 0, size);
    return created;
  }

  async scale(set: ReplicaSet, replicas: number): Promise<void> {
    const before = replicasOf(set);
    const annotations = { ...set.metadata.annotations, ...sizeAnnotations(this.deployment) };
    const isSame =
      before === replicas && canonicalJson(annotations) === canonicalJson(set.metadata.annotations);
    if (isSame) return;
    const updated = await this.#update(set, {
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: { selector: {}, ...set.spec, replicas },
    });
    if (before !== replicas) await this.#recordScaling(updated, before, replicas);
  }

  #nextRevision(): number {
    return Math.max(0, ...this.old.map(revisionOf)) + 1;
  }

  async #create(wanted: ReplicaSet): Promise<ReplicaSet> {
    const { client } = this.context;
    try {
      return await client.create(resources.replicaSets, wanted, { signal: this.signal });
    } catch (error) {
      if (!isKubeError(error, 'AlreadyExists')) {
        this.progress = {
          type: 'Progressing',
          status: 'False',
          reason: 'ReplicaSetCreateError',
          message: `Failed to create new replica set "${wanted.metadata.name}": ${(error as Error).message}`,
        };
        throw error;
      }
      // The cache is behind, or a foreign object has the name.
      const existing = await client.get(resources.replicaSets, keyOf(wanted), { signal: this.signal });
      const isOurs = existing.metadata.ownerReferences?.some(
        ({ uid, controller }) => controller === true && uid === this.deployment.metadata.uid,
      );
      if (isOurs === true && findNewReplicaSet(this.deployment, [existing]) !== undefined) return existing;
      await this.#countCollision();
      throw error;
    }
  }

  /** The next attempt hashes another number into the name. */
  async #countCollision(): Promise<void> {
    const collisionCount = (this.deployment.status?.collisionCount ?? 0) + 1;
    const status = { ...this.deployment.status, collisionCount };
    await this.context.client.update(
      resources.deployments,
      { ...this.deployment, status },
      { subresource: 'status', signal: this.signal },
    );
  }

  async #update(set: ReplicaSet, next: ReplicaSet): Promise<ReplicaSet> {
    const updated = await this.context.client.update(resources.replicaSets, next, { signal: this.signal });
    if (this.current === set) this.current = updated;
    else this.old = this.old.map((other) => (other === set ? updated : other));
    return updated;
  }

  #announce(reason: string, what: string, set: ReplicaSet): void {
    const message = `${what} "${set.metadata.name}"`;
    this.progress = { type: 'Progressing', status: 'True', reason, message };
  }

  async #recordScaling(set: ReplicaSet, before: number, after: number): Promise<void> {
    const direction = after > before ? 'up' : 'down';
    await this.context.recorder.record(
      this.deployment,
      'Normal',
      'ScalingReplicaSet',
      `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${after}`,
    );
  }
}

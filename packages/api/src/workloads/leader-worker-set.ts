import type { PodTemplateSpec } from '../gen/kubernetes.ts';
import type { Condition, KubeObject, ObjectMeta } from '../meta/objects.ts';

/** leaderworkerset.x-k8s.io/v1: groups of pods that start, fail and are replaced together. */
export interface LeaderWorkerSet extends KubeObject {
  metadata: ObjectMeta;
  spec?: LeaderWorkerSetSpec;
  status?: LeaderWorkerSetStatus;
}

export interface LeaderWorkerSetSpec {
  /** Groups. */
  replicas?: number;
  leaderWorkerTemplate: {
    /** Absent: the leader is made from the worker template. */
    leaderTemplate?: PodTemplateSpec;
    workerTemplate: PodTemplateSpec;
    /** Pods of one group, the leader included. */
    size?: number;
    restartPolicy?: 'RecreateGroupOnPodRestart' | 'None';
    subGroupPolicy?: { subGroupSize?: number };
  };
  rolloutStrategy?: {
    type: 'RollingUpdate';
    rollingUpdateConfiguration?: { maxUnavailable?: number | string; maxSurge?: number | string };
  };
  startupPolicy?: 'LeaderCreated' | 'LeaderReady';
}

export interface LeaderWorkerSetStatus {
  conditions?: Condition[];
  replicas?: number;
  readyReplicas?: number;
  updatedReplicas?: number;
}

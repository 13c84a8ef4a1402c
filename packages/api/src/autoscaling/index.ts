import type { Condition, KubeObject, ResourceKind } from '../meta/index.ts';
import type { KedaAdvanced, KedaFallback, KedaTrigger, ScalingBehavior } from '../serving/index.ts';

/** The parts of the autoscaling kinds that this project writes and reads. */

export interface ScaleTargetRef {
  apiVersion: string;
  kind: string;
  name: string;
}

/** autoscaling/v2. */
export interface HorizontalPodAutoscaler extends KubeObject {
  spec: {
    scaleTargetRef: ScaleTargetRef;
    minReplicas?: number;
    maxReplicas: number;
    metrics?: ExternalMetric[];
    behavior?: ScalingBehavior;
  };
  status?: { conditions?: Condition[] };
}

export interface ExternalMetric {
  type: 'External';
  external: {
    metric: { name: string; selector?: { matchLabels?: Record<string, string> } };
    target: { type: 'Value' | 'AverageValue'; value?: string; averageValue?: string };
  };
}

/** keda.sh/v1alpha1. */
export interface ScaledObject extends KubeObject {
  spec: {
    scaleTargetRef: ScaleTargetRef;
    minReplicaCount?: number;
    maxReplicaCount?: number;
    idleReplicaCount?: number;
    pollingInterval?: number;
    cooldownPeriod?: number;
    initialCooldownPeriod?: number;
    fallback?: KedaFallback;
    advanced?: KedaAdvanced;
    triggers: KedaTrigger[];
  };
  status?: { conditions?: Condition[] };
}

export const autoscalingResources: {
  readonly horizontalPodAutoscalers: ResourceKind<HorizontalPodAutoscaler>;
  readonly scaledObjects: ResourceKind<ScaledObject>;
  /** Of releases that told the variant autoscaler by objects; annotations do today. */
  readonly variantAutoscalings: ResourceKind;
} = {
  horizontalPodAutoscalers: {
    group: 'autoscaling',
    version: 'v2',
    kind: 'HorizontalPodAutoscaler',
    plural: 'horizontalpodautoscalers',
    namespaced: true,
  },
  variantAutoscalings: {
    group: 'llmd.ai',
    version: 'v1alpha1',
    kind: 'VariantAutoscaling',
    plural: 'variantautoscalings',
    namespaced: true,
  },
  scaledObjects: {
    group: 'keda.sh',
    version: 'v1alpha1',
    kind: 'ScaledObject',
    plural: 'scaledobjects',
    namespaced: true,
  },
};

/** `spec.scaling` and `spec.prefill.scaling`: bounds, and who moves the count between them. */
export interface ScalingSpec {
  /** Default 1. */
  minReplicas?: number;
  maxReplicas: number;
  /** The variant autoscaler computes the wanted count; an HPA or KEDA carries it out. */
  wva?: WvaSpec;
  /** KEDA with triggers of the user, without the variant autoscaler. */
  keda?: KedaScalingSpec;
}

export interface WvaSpec {
  /** Cost of one replica relative to other variants, a decimal as text; default `10.0`. */
  variantCost?: string;
  hpa?: { behavior?: ScalingBehavior };
  keda?: KedaSettings;
}

/** What both uses of KEDA share. */
export interface KedaSettings {
  pollingInterval?: number;
  cooldownPeriod?: number;
  initialCooldownPeriod?: number;
  /** Count while no trigger is active; below minReplicas, usually 0. */
  idleReplicaCount?: number;
  fallback?: KedaFallback;
  advanced?: KedaAdvanced;
}

export interface KedaScalingSpec extends KedaSettings {
  triggers: KedaTrigger[];
}

export interface KedaFallback {
  failureThreshold: number;
  replicas: number;
  behavior?: 'static' | 'currentReplicas' | 'currentReplicasIfHigher' | 'currentReplicasIfLower';
}

export interface KedaAdvanced {
  restoreToOriginalReplicaCount?: boolean;
  horizontalPodAutoscalerConfig?: { name?: string; behavior?: ScalingBehavior };
  scalingModifiers?: KedaScalingModifiers;
}

export interface KedaScalingModifiers {
  formula?: string;
  target?: string;
  activationTarget?: string;
  metricType?: 'AverageValue' | 'Value' | 'Utilization';
}

export interface KedaTrigger {
  type: string;
  name?: string;
  useCachedMetrics?: boolean;
  metadata: Record<string, string>;
  authenticationRef?: { name: string; kind?: string };
  metricType?: 'AverageValue' | 'Value' | 'Utilization';
}

/** HorizontalPodAutoscalerBehavior of autoscaling/v2. */
export interface ScalingBehavior {
  scaleUp?: ScalingRules;
  scaleDown?: ScalingRules;
}

export interface ScalingRules {
  stabilizationWindowSeconds?: number;
  selectPolicy?: 'Max' | 'Min' | 'Disabled';
  policies?: { type: 'Pods' | 'Percent'; value: number; periodSeconds: number }[];
  tolerance?: number | string;
}

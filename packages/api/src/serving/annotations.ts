/** On a service: `strict` refuses what otherwise is warned of, `kserve` warns of what only Weir refuses. */
export const validationAnnotation = 'weir.dev/validation';

/**
 * On a service: `v2` lets a layer delete items of the layers below, with `$patch: delete` in lists that merge by key.
 * `null` unsets nothing in either version: API servers drop it before anybody sees it, and `kubectl apply` turns it
 * into the removal of the field from the layer itself.
 */
export const mergeAnnotation = 'weir.dev/merge';

/** What may follow `weir.dev/` in the annotations of a service. */
export const weirAnnotations: readonly string[] = [
  'chaos',
  'criticality',
  'drain-timeout',
  'engine',
  'gang',
  'hold-limit',
  'hold-timeout',
  'implicit-session',
  'lora-criticality',
  'lora-replicas',
  'manage-paths',
  'merge',
  'pd-decider',
  'pd-fallback',
  'pd-ratio',
  'picker',
  'prewarm',
  'pvc-copy',
  'require-auth',
  'rollback',
  'scaling',
  'shed-status',
  'spare-check',
  'suspend',
  'unmanaged',
  'validation',
  'zero',
];

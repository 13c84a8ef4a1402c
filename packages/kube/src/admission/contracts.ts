import type { FieldError, KubeObject, ResourceKind } from '@weir/api/meta';

/** Judges writes of the kinds that it matches. The embedded API server calls the same shape in process. */
export interface AdmissionHandler {
  readonly name: string;
  /** `subresource` is empty for the object itself. */
  matches(kind: ResourceKind, subresource: string): boolean;
  review(request: AdmissionRequest): Promise<AdmissionResult>;
}

export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly kind: ResourceKind;
  /** The new state; null for DELETE. */
  readonly object: KubeObject | null;
  /** The state before; null for CREATE. */
  readonly oldObject: KubeObject | null;
  readonly dryRun: boolean;
}

export interface AdmissionResult {
  /** The object with defaults; absent when nothing changed. */
  readonly object?: KubeObject;
  /** Refused as invalid (422). */
  readonly errors?: readonly FieldError[];
  /** Refused for this reason (403). */
  readonly forbidden?: string;
  /** Shown to the user beside the answer. */
  readonly warnings?: readonly string[];
}

/** Translates objects of a custom kind between its served versions. */
export interface ConversionHandler {
  readonly group: string;
  readonly kind: string;
  convert(object: KubeObject, toVersion: string): KubeObject;
}

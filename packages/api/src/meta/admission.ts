import type { FieldError } from './field-error.ts';
import type { KubeObject, ResourceKind } from './objects.ts';

/** A write that admission judges, in process or by webhook (admission.k8s.io/v1). */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly kind: ResourceKind;
  /** What the client wrote, where it is not the version of the objects here. */
  readonly writtenVersion?: string;
  /** The new state; null for DELETE. */
  readonly object: KubeObject | null;
  /** The state before; null for CREATE. */
  readonly oldObject: KubeObject | null;
  readonly dryRun: boolean;
}

export interface AdmissionResult {
  /** The object with changes; absent when there are none. */
  readonly object?: KubeObject;
  /** Refused as invalid (422). */
  readonly errors?: readonly FieldError[];
  /** Refused for this reason (403). */
  readonly forbidden?: string;
  /** Shown to the user beside the answer. */
  readonly warnings?: readonly string[];
}

/** Sees every write of the kinds that it matches, in the order of registration. Must not modify what it is given. */
export interface AdmissionPlugin {
  readonly name: string;
  /** `subresource` is empty for the object itself. */
  matches(kind: ResourceKind, subresource: string): boolean;
  review(request: AdmissionRequest): Promise<AdmissionResult>;
}

/** Translates objects of a custom kind between its served versions. Pure; called on every read of another version. */
export interface Converter {
  readonly group: string;
  readonly kind: string;
  convert(object: KubeObject, toVersion: string): KubeObject;
}

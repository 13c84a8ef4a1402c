import type { InferencePoolSpec, InferencePoolSpecV1alpha2 } from '../../inference/index.ts';
import type { KubeObject } from '../../meta/index.ts';
import { v1alpha2ExtrasAnnotation } from '../keys.ts';

export type JsonObject = Record<string, unknown>;

/** An object of either version, whose fields may have any shape: conversion comes before validation. */
export interface Loose extends KubeObject {
  spec?: unknown;
  status?: unknown;
}

/** What v1alpha1 cannot hold, kept in an annotation while an object has that version. */
export interface Extras {
  /** `model.confidential`, and the uri of the model that it belongs to. */
  confidential?: { uri: unknown; value: unknown };
  /** `kvCacheOffloading` of the spec and of its prefill. */
  kvCacheOffloading?: { spec?: unknown; prefill?: unknown };
  /** Criticality that somebody wrote into adapters of v1alpha2, where it has no meaning. */
  strayCriticalities?: Record<string, unknown>;
  pool?: { spec: InferencePoolSpec; shown: InferencePoolSpecV1alpha2 };
  status?: StatusExtras;
}

export interface StatusExtras {
  /** Fields of the status itself. */
  fields?: JsonObject;
  group?: unknown;
  /** What `address` and each of `addresses` have more, with the url that tells which it is. */
  address?: JsonObject;
  addresses?: JsonObject[];
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object at a field, when there is one. */
export function objectAt(value: unknown, ...keys: readonly string[]): JsonObject | undefined {
  let found = value;
  for (const key of keys) found = isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  return isObject(found) ? found : undefined;
}

export function setAnnotation(object: Loose, key: string, text: string): void {
  object.metadata.annotations = { ...object.metadata.annotations, [key]: text };
}

/** Takes an annotation away, and the map with the last one. */
export function removeAnnotation(object: Loose, key: string): void {
  const { [key]: _removed, ...rest } = object.metadata.annotations ?? {};
  if (Object.keys(rest).length === 0) delete object.metadata.annotations;
  else object.metadata.annotations = rest;
}

export function setExtras(object: Loose, extras: Extras): void {
  setAnnotation(object, v1alpha2ExtrasAnnotation, JSON.stringify(extras));
}

/** Reads and removes the annotation. A text that somebody broke counts as absent. */
export function takeExtras(object: Loose): Extras {
  const text = object.metadata.annotations?.[v1alpha2ExtrasAnnotation];
  if (text === undefined) return {};
  removeAnnotation(object, v1alpha2ExtrasAnnotation);
  try {
    const extras: unknown = JSON.parse(text);
    return isObject(extras) ? extras : {};
  } catch {
    return {};
  }
}

export function isEqual(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key as never], b[key as never]))
  );
}

import { fromPoolSpecV1alpha2, type InferencePoolSpec, toPoolSpecV1alpha2 } from '../inference/index.ts';
import type { InferencePoolSpecV1alpha2 } from '../inference/types.ts';
import type { KubeObject } from '../meta/index.ts';
import { v1alpha2ExtrasAnnotation } from './keys.ts';
import { servingGroup, servingVersions } from './types.ts';

/** What v1alpha1 cannot hold, kept in an annotation while an object has that version. */
interface Extras {
  poolSpec?: InferencePoolSpec;
  /** The pool as v1alpha1 showed it: the extras only count while the user left it as it was. */
  poolShown?: InferencePoolSpecV1alpha2;
}

interface Loose extends KubeObject {
  spec?: { router?: { scheduler?: { pool?: { spec?: unknown } } } };
  status?: Record<string, unknown>;
}

/** Status fields that v1alpha1 does not have; the controller writes them again. */
const v1alpha2Status = ['router', 'workloads', 'appliedConfigs'];

/** Converts a service or config between the served versions. Lossless in spec and metadata, both ways. */
export function convert(object: KubeObject, toVersion: string): KubeObject {
  const fromVersion = object.apiVersion.slice(object.apiVersion.indexOf('/') + 1);
  if (!servingVersions.includes(toVersion)) throw new Error(`${servingGroup} has no version ${toVersion}`);
  if (fromVersion === toVersion) return object;
  const copy = { ...structuredClone(object), apiVersion: `${servingGroup}/${toVersion}` } as Loose;
  return toVersion === 'v1alpha1' ? toV1alpha1(copy) : toV1alpha2(copy);
}

function toV1alpha1(object: Loose): KubeObject {
  const pool = poolOf(object);
  if (pool !== undefined) {
    const stored = pool.spec as InferencePoolSpec;
    const shown = toPoolSpecV1alpha2(stored);
    pool.spec = shown;
    if (!isEqual(fromPoolSpecV1alpha2(shown), stored))
      setExtras(object, { poolSpec: stored, poolShown: shown });
  }
  if (object.status !== undefined) {
    for (const field of v1alpha2Status) delete object.status[field];
    if (Array.isArray(object.status.addresses))
      object.status.addresses = object.status.addresses.map(plainAddress);
  }
  return object;
}

function plainAddress(address: Record<string, unknown>): Record<string, unknown> {
  const { origin: _origin, models: _models, ...rest } = address;
  return rest;
}

function toV1alpha2(object: Loose): KubeObject {
  const extras = takeExtras(object);
  const pool = poolOf(object);
  if (pool === undefined) return object;
  const shown = pool.spec as InferencePoolSpecV1alpha2;
  pool.spec =
    extras.poolSpec !== undefined && isEqual(extras.poolShown, shown)
      ? extras.poolSpec
      : fromPoolSpecV1alpha2(shown);
  return object;
}

/** The pool, when its spec has the shape of either version; anything else is left for the schema to refuse. */
function poolOf(object: Loose): { spec?: unknown } | undefined {
  const pool = object.spec?.router?.scheduler?.pool;
  const spec = pool?.spec as Partial<InferencePoolSpec & InferencePoolSpecV1alpha2> | null | undefined;
  const isPool =
    typeof spec?.selector === 'object' &&
    (Array.isArray(spec.targetPorts) || spec.targetPortNumber !== undefined);
  return isPool ? pool : undefined;
}

function setExtras(object: Loose, extras: Extras): void {
  object.metadata.annotations = {
    ...object.metadata.annotations,
    [v1alpha2ExtrasAnnotation]: JSON.stringify(extras),
  };
}

/** Reads and removes the annotation. A text that somebody broke counts as absent. */
function takeExtras(object: Loose): Extras {
  const text = object.metadata.annotations?.[v1alpha2ExtrasAnnotation];
  if (text === undefined) return {};
  const { [v1alpha2ExtrasAnnotation]: _taken, ...rest } = object.metadata.annotations ?? {};
  if (Object.keys(rest).length === 0) delete object.metadata.annotations;
  else object.metadata.annotations = rest;
  try {
    const extras: unknown = JSON.parse(text);
    return typeof extras === 'object' && extras !== null ? extras : {};
  } catch {
    return {};
  }
}

function isEqual(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key as never], b[key as never]))
  );
}

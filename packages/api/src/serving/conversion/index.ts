import { copyJson, type KubeObject } from '../../meta/index.ts';
import { servingGroup, servingVersions } from '../types.ts';
import { annotationsToFields, fieldsToAnnotations } from './criticality.ts';
import { hideFields, restoreFields } from './fields.ts';
import { type Loose, setExtras, takeExtras } from './loose.ts';
import { hidePool, restorePool } from './pool.ts';
import { hideStatus, restoreStatus } from './status.ts';

/**
 * Converts a service or config between the served versions. Lossless both ways: what v1alpha1 cannot hold travels in
 * an annotation and comes back where what it belongs to is still there. The one exception are the defaults that a
 * v1alpha1 pool gets for its picker.
 */
export function convert(object: KubeObject, toVersion: string): KubeObject {
  const fromVersion = object.apiVersion.slice(object.apiVersion.indexOf('/') + 1);
  if (!servingVersions.includes(toVersion)) throw new Error(`${servingGroup} has no version ${toVersion}`);
  if (fromVersion === toVersion) return object;
  const copy = { ...copyJson(object), apiVersion: `${servingGroup}/${toVersion}` } as Loose;
  return toVersion === 'v1alpha1' ? toV1alpha1(copy) : toV1alpha2(copy);
}

function toV1alpha1(object: Loose): KubeObject {
  const extras = {
    ...hideFields(object),
    ...annotationsToFields(object),
    ...hidePool(object),
    ...hideStatus(object),
  };
  if (Object.keys(extras).length > 0) setExtras(object, extras);
  return object;
}

function toV1alpha2(object: Loose): KubeObject {
  const extras = takeExtras(object);
  fieldsToAnnotations(object, extras);
  restoreFields(object, extras);
  restorePool(object, extras);
  restoreStatus(object, extras);
  return object;
}

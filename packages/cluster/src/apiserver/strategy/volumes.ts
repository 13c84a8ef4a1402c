import type { FieldError } from '@weir/api/meta';
import { required } from '@weir/api/meta';
import type { PersistentVolume, PersistentVolumeClaim } from '@weir/api/workloads';
import { defineStrategy, type Strategy } from './strategy.ts';

export const persistentVolumeClaimStrategy: Strategy = defineStrategy<PersistentVolumeClaim>({
  setDefaults: (draft) => {
    if (draft.spec !== undefined) draft.spec.volumeMode ??= 'Filesystem';
  },
  prepareCreate: (draft) => {
    draft.status = { phase: 'Pending' };
  },
  validate: (object) => {
    const errors: FieldError[] = [];
    if ((object.spec?.accessModes ?? []).length === 0) {
      errors.push(required('spec.accessModes', 'at least 1 access mode is required'));
    }
    if (object.spec?.resources?.requests?.storage === undefined)
      errors.push(required('spec.resources[storage]'));
    return errors;
  },
});

export const persistentVolumeStrategy: Strategy = defineStrategy<PersistentVolume>({
  setDefaults: (draft) => {
    if (draft.spec === undefined) return;
    draft.spec.persistentVolumeReclaimPolicy ??= 'Retain';
    draft.spec.volumeMode ??= 'Filesystem';
  },
  prepareCreate: (draft) => {
    draft.status = { phase: 'Pending' };
  },
});

import { isDeepStrictEqual } from 'node:util';
import { invalid, required } from '@weir/api/meta';
import type { RoleBinding } from '@weir/api/workloads';
import { defineStrategy, type Strategy } from './strategy.ts';

const rbac = 'rbac.authorization.k8s.io';

/** Of RoleBindings and ClusterRoleBindings. */
export const roleBindingStrategy: Strategy = defineStrategy<RoleBinding>({
  setDefaults: (draft) => {
    if (draft.roleRef !== undefined) draft.roleRef.apiGroup ||= rbac;
    for (const subject of draft.subjects ?? []) {
      if (subject.kind !== 'ServiceAccount') subject.apiGroup ??= rbac;
    }
  },
  validate: (object, old) => {
    if (!object.roleRef?.name) return [required('roleRef.name')];
    if (old === null || isDeepStrictEqual(object.roleRef, old.roleRef)) return [];
    return [invalid('roleRef', object.roleRef, 'cannot change roleRef')];
  },
});

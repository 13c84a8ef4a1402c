import type { Namespace } from '@weir/api/workloads';
import { defineStrategy, type Strategy } from './strategy.ts';

/** The label by which selectors choose a namespace by name. */
const nameLabel = 'kubernetes.io/metadata.name';

export const namespaceStrategy: Strategy = defineStrategy<Namespace>({
  setDefaults: (draft) => {
    draft.metadata.labels = { ...draft.metadata.labels };
    if (draft.metadata.name) draft.metadata.labels[nameLabel] = draft.metadata.name;
  },
  prepareCreate: (draft) => {
    draft.spec = { finalizers: [...new Set([...(draft.spec?.finalizers ?? []), 'kubernetes'])] };
    draft.metadata.labels = { ...draft.metadata.labels, [nameLabel]: draft.metadata.name ?? '' };
    draft.status = { phase: 'Active' };
  },
  // Only the finalize subresource changes what holds a namespace.
  prepareUpdate: (draft, old) => {
    draft.spec = { ...old.spec };
  },
});

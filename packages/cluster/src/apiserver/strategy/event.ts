import { invalid } from '@weir/api/meta';
import type { CoreEvent } from '@weir/api/workloads';
import { defineStrategy, type Strategy } from './strategy.ts';

export const eventStrategy: Strategy = defineStrategy<CoreEvent>({
  setDefaults: (draft) => {
    draft.involvedObject ??= {};
  },
  // Go's type always has them; nobody owns them.
  prepareCreate: (draft) => {
    draft.source ??= {};
    draft.reportingComponent ??= '';
    draft.reportingInstance ??= '';
  },
  validate: (object) => {
    const { namespace = '' } = object.involvedObject;
    const own = object.metadata.namespace ?? '';
    // Events of cluster-scoped objects live in the namespace default.
    if (namespace === own || (namespace === '' && own === 'default')) return [];
    return [invalid('involvedObject.namespace', namespace, 'does not match event.namespace')];
  },
});

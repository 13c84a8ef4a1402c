import type { Converter, KubeObject } from '@weir/api/meta';
import type { CustomResourceDefinition } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import type { Store } from '../../store/store.ts';
import { customKind } from './custom-kinds.ts';
import type { Registry } from './registry.ts';

const collection = 'apiextensions.k8s.io/customresourcedefinitions';

/** Keeps the custom kinds of the registry equal to the stored definitions: served from the moment they are visible. */
export function followDefinitions(options: {
  readonly store: Store;
  readonly registry: Registry;
  readonly converters: readonly Converter[];
  readonly log: Logger;
}): () => void {
  const { store, registry, converters, log } = options;
  const serve = (object: KubeObject): void => {
    try {
      registry.set(customKind(object as CustomResourceDefinition, converters));
    } catch (error) {
      log.error('kind not served', { definition: object.metadata.name, error: toError(error) });
    }
  };
  for (const object of store.list(collection)) serve(object);
  const unsubscribe = store.subscribe(collection, store.revision, (event) => {
    const { group, names } = (event.object as CustomResourceDefinition).spec;
    if (event.type === 'DELETED') registry.remove(group, names.plural);
    else serve(event.object);
  });
  return unsubscribe ?? (() => {});
}

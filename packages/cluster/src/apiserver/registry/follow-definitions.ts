import type { KubeObject } from '@weir/api/meta';
import type { CustomResourceDefinition } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import type { Store } from '../../store/store.ts';
import { customKind } from './custom-kinds.ts';
import type { Registry } from './registry.ts';
import type { Conversion } from './served-kind.ts';

const collection = 'apiextensions.k8s.io/customresourcedefinitions';

/** Keeps the custom kinds of the registry equal to the stored definitions: served from the moment they are visible. */
export function followDefinitions(options: {
  readonly store: Store;
  readonly registry: Registry;
  readonly conversionOf: (definition: CustomResourceDefinition) => Conversion;
  readonly log: Logger;
}): () => void {
  const { store, registry, conversionOf, log } = options;
  const serve = (object: KubeObject): void => {
    const definition = object as CustomResourceDefinition;
    try {
      registry.set(customKind(definition, conversionOf(definition)));
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

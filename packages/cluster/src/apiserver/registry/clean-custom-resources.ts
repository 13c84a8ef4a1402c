import type { KubeObject } from '@weir/api/meta';
import type { CustomResourceDefinition } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import { inProcessAdmin } from '../auth/user.ts';
import type { ServerContext } from '../context.ts';
import { deleteObject } from '../rest/delete.ts';
import { updateObject } from '../rest/update.ts';
import type { Target } from './served-kind.ts';

const finalizer = 'customresourcecleanup.apiextensions.k8s.io';
const definitions = { group: 'apiextensions.k8s.io', plural: 'customresourcedefinitions' };
const retryMs = 1000;

/** Removes the objects of a custom kind whose definition is being deleted, and then lets the definition go. */
export class CustomResourceCleaner {
  readonly #context: ServerContext;
  readonly #running = new Map<string, Promise<void>>();
  readonly #unsubscribe: () => void;
  #isStopped = false;

  constructor(context: ServerContext) {
    this.#context = context;
    const collection = `${definitions.group}/${definitions.plural}`;
    const { store } = context;
    for (const object of store.list(collection)) this.#consider(object);
    const unsubscribe = store.subscribe(collection, store.revision, ({ object }) => this.#consider(object));
    this.#unsubscribe = unsubscribe ?? (() => {});
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#unsubscribe();
    await Promise.all(this.#running.values());
  }

  #consider(definition: KubeObject): void {
    const { name = '', deletionTimestamp, finalizers = [] } = definition.metadata;
    if (deletionTimestamp === undefined || !finalizers.includes(finalizer) || this.#running.has(name)) return;
    const work = this.#clean(definition as CustomResourceDefinition)
      .catch((error: unknown) => {
        this.#context.log.warn('custom objects not removed', { definition: name, error: toError(error) });
      })
      .finally(() => this.#running.delete(name));
    this.#running.set(name, work);
  }

  // Objects with finalizers of their own go later, so look again until none is left.
  async #clean(definition: CustomResourceDefinition): Promise<void> {
    const { group, names } = definition.spec;
    while (!this.#isStopped) {
      const target = this.#context.registry.findAny(group, names.plural);
      const objects = this.#context.store.list(`${group}/${names.plural}`);
      if (target === undefined || objects.length === 0) break;
      for (const object of objects) await this.#remove(target, object);
      if (this.#context.store.list(`${group}/${names.plural}`).length === 0) break;
      await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
    }
    if (!this.#isStopped) await this.#release(definition.metadata.name ?? '');
  }

  async #remove(target: Target, object: KubeObject): Promise<void> {
    const { namespace = '', name = '' } = object.metadata;
    const options = {
      propagation: 'Background',
      gracePeriodSeconds: null,
      uid: object.metadata.uid ?? null,
      resourceVersion: null,
      dryRun: false,
      sent: {},
    } as const;
    await deleteObject(this.#context, target, { namespace, name }, { ...options, user: inProcessAdmin });
  }

  async #release(name: string): Promise<void> {
    const target = this.#context.registry.findAny(definitions.group, definitions.plural);
    if (target === undefined) return;
    await updateObject(this.#context, target, {
      namespace: '',
      name,
      subresource: '',
      options: {
        user: inProcessAdmin,
        dryRun: false,
        fieldManager: 'apiserver',
        fieldValidation: 'Ignore',
        sent: {},
      },
      compute: (live) => {
        const finalizers = (live.metadata.finalizers ?? []).filter((one) => one !== finalizer);
        return { object: { ...live, metadata: { ...live.metadata, finalizers } } };
      },
    });
  }
}

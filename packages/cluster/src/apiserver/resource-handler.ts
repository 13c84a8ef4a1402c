import type { KubeObject } from '@weir/api/meta';
import { methodNotAllowed, notFound, notImplemented, pathNotFound } from './api-error.ts';
import type { Attributes } from './auth/authorizer.ts';
import { requireAllowed } from './auth/require-allowed.ts';
import { review } from './auth/reviews.ts';
import type { ServerContext } from './context.ts';
import { negotiate } from './negotiate.ts';
import { isReview, unservedKind } from './registry/builtin-kinds.ts';
import { collectionOf, storeKey, type Target } from './registry/served-kind.ts';
import { type ApiRequest, type ApiResponse, isTrue, jsonResponse } from './request.ts';
import { create } from './rest/create.ts';
import { deleteCollection, deleteOne, removedStatus, returnsRemoved } from './rest/delete.ts';
import { Lister } from './rest/list.ts';
import { patch } from './rest/patch.ts';
import { presentList, presentObject } from './rest/present.ts';
import { put } from './rest/put.ts';
import { watch } from './rest/watch.ts';
import type { ResourceRoute } from './route.ts';
import { handleSubresource } from './subresources/index.ts';
import { withWarnings } from './warnings.ts';

/** Serves objects: finds the kind, asks for permission, and hands over to the verb. */
export class ResourceHandler {
  readonly #context: ServerContext;
  readonly #lister: Lister;

  constructor(context: ServerContext) {
    this.#context = context;
    this.#lister = new Lister(context);
  }

  async handle(route: ResourceRoute, request: ApiRequest): Promise<ApiResponse> {
    const context = this.#context;
    requireAllowed(context, request.user, attributesOf(route, request));
    const target = context.registry.find(route.group, route.version, route.plural);
    if (target === undefined) throw unknownKind(route, request);
    if (!target.served.namespaced && route.namespace !== '') throw pathNotFound();
    if (isReview(target.served)) {
      if (request.method !== 'POST' || route.name !== '') throw methodNotAllowed();
      return jsonResponse(201, review(context, target, request, route.namespace));
    }
    const response = await this.#byShape(target, route, request);
    const { deprecation } = target.version;
    return deprecation === null ? response : withWarnings(response, [deprecation]);
  }

  #byShape(target: Target, route: ResourceRoute, request: ApiRequest): Promise<ApiResponse> | ApiResponse {
    if (route.name === '') return this.#collection(target, route, request);
    if (target.served.namespaced && route.namespace === '') throw pathNotFound();
    if (route.subresource === '') return this.#object(target, route, request);
    if (route.subresource === 'status' && target.version.hasStatus) {
      if (request.method === 'DELETE') throw methodNotAllowed();
      return this.#object(target, route, request);
    }
    return handleSubresource(this.#context, target, route, request);
  }

  async #collection(target: Target, route: ResourceRoute, request: ApiRequest): Promise<ApiResponse> {
    const { namespace } = route;
    switch (request.method) {
      case 'GET': {
        if (isTrue(request.query, 'watch')) return watch(this.#context, target, namespace, request);
        return this.#lister.list(target, namespace, request);
      }
      case 'POST': {
        const { object, warnings } = await create(this.#context, target, namespace, request);
        return this.#answer(201, target, object, warnings, request);
      }
      case 'DELETE': {
        if (!target.served.verbs.includes('deletecollection')) throw methodNotAllowed();
        const objects = await deleteCollection(this.#context, target, namespace, request);
        const options = this.#presentation(request);
        return jsonResponse(
          200,
          await presentList(
            target,
            objects,
            { resourceVersion: String(this.#context.store.revision) },
            options,
          ),
        );
      }
      default:
        throw methodNotAllowed();
    }
  }

  async #object(target: Target, route: ResourceRoute, request: ApiRequest): Promise<ApiResponse> {
    const context = this.#context;
    const { namespace, name } = route;
    switch (request.method) {
      case 'GET':
        if (isTrue(request.query, 'watch')) return this.#watchOne(target, route, request);
        return this.#answer(200, target, this.#find(target, route), [], request);
      case 'PUT': {
        const { object, warnings, isNew } = await put(context, target, route, request);
        return this.#answer(isNew ? 201 : 200, target, object, warnings, request);
      }
      case 'PATCH': {
        const { object, warnings, isNew } = await patch(context, target, route, request);
        return this.#answer(isNew ? 201 : 200, target, object, warnings, request);
      }
      case 'DELETE': {
        const deleted = await deleteOne(context, target, namespace, name, request);
        if (deleted.type === 'marked' || returnsRemoved(target))
          return this.#answer(200, target, deleted.object, deleted.warnings, request);
        return withWarnings(jsonResponse(200, removedStatus(target, deleted.object)), deleted.warnings);
      }
      default:
        throw methodNotAllowed();
    }
  }

  /** The old form of watching one object by its path. */
  #watchOne(target: Target, route: ResourceRoute, request: ApiRequest): ApiResponse {
    const query = new URLSearchParams(request.query);
    query.set('fieldSelector', `metadata.name=${route.name}`);
    return watch(this.#context, target, route.namespace, { ...request, query });
  }

  #find(target: Target, route: ResourceRoute): KubeObject {
    const key = storeKey(route.namespace, route.name);
    const object = this.#context.store.get(collectionOf(target.served), key);
    if (object === undefined) throw notFound(target.kind, route.name);
    return object;
  }

  async #answer(
    status: number,
    target: Target,
    object: KubeObject,
    warnings: readonly string[],
    request: ApiRequest,
  ): Promise<ApiResponse> {
    const body = await presentObject(target, object, this.#presentation(request));
    return withWarnings(jsonResponse(status, body), warnings);
  }

  #presentation(request: ApiRequest): Parameters<typeof presentObject>[2] {
    const representation = negotiate(request.header('accept'));
    const includeObject = request.query.get('includeObject') ?? 'Metadata';
    return { representation, includeObject, now: this.#context.now() };
  }
}

/** Clients find out what is served by asking for it, so reads are just not found; who wants to create hears why. */
function unknownKind(route: ResourceRoute, request: ApiRequest): Error {
  const kind = request.method === 'POST' ? unservedKind(route.group, route.plural) : null;
  return kind === null ? pathNotFound() : notImplemented(`the kind ${kind}`);
}

const verbOf: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
};

function attributesOf(route: ResourceRoute, request: ApiRequest): Attributes {
  const { group, plural: resource, subresource, namespace, name } = route;
  return { type: 'resource', verb: verb(route, request), group, resource, subresource, namespace, name };
}

function verb(route: ResourceRoute, request: ApiRequest): string {
  const isCollection = route.name === '';
  if (request.method === 'GET') {
    if (!isCollection) return 'get';
    return isTrue(request.query, 'watch') ? 'watch' : 'list';
  }
  if (request.method === 'DELETE') return isCollection ? 'deletecollection' : 'delete';
  const known = verbOf[request.method];
  if (known === undefined) throw notImplemented(`the method ${request.method}`);
  return known;
}

import {
  type CustomOpenApiResource,
  createOpenApiDocuments,
  type OpenApiDocuments,
} from '../../schema/index.ts';
import { pathNotFound } from '../api-error.ts';
import type { Registry } from '../registry/registry.ts';
import type { ServedKind } from '../registry/served-kind.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';

/** Answers /openapi/v3 and below. /openapi/v2 is not served: clients since 1.29 do without. */
export class OpenApi {
  readonly #registry: Registry;
  readonly #documents: OpenApiDocuments = createOpenApiDocuments({ version: 'v1.34.2+weir' });

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  async handle(segments: readonly string[], request: ApiRequest): Promise<ApiResponse> {
    const [version, ...rest] = segments;
    if (version !== 'v3') throw pathNotFound();
    const custom = this.#registry
      .all()
      .filter((kind) => kind.isCustom)
      .flatMap(toResources);
    const path = rest.join('/');
    const document =
      path === '' ? await this.#documents.index(custom) : await this.#documents.document(path, custom);
    if (document === undefined) throw pathNotFound();
    const etag = `"${document.hash}"`;
    if (request.header('if-none-match') === etag) return { status: 304, headers: { etag }, body: '' };
    return { status: 200, headers: { 'content-type': 'application/json', etag }, body: document.text };
  }
}

function toResources(kind: ServedKind): CustomOpenApiResource[] {
  const { group, plural, namespaced, verbs } = kind;
  return kind.versions.map((version) => ({
    group,
    version: version.name,
    kind: kind.kind,
    plural,
    namespaced,
    verbs,
    hasStatus: version.hasStatus,
    openAPIV3Schema: version.openApiSchema,
  }));
}

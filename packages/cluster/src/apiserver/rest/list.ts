import { randomUUID } from 'node:crypto';
import type { KubeObject } from '@weir/api/meta';
import { ApiError, badRequest, expired } from '../api-error.ts';
import type { ServerContext } from '../context.ts';
import { negotiate } from '../negotiate.ts';
import { collectionOf, type Target } from '../registry/served-kind.ts';
import { type ApiRequest, type ApiResponse, jsonResponse } from '../request.ts';
import { presentList } from './present.ts';
import { selectionOf } from './selection.ts';

/** The rest of a list that a client reads in pages: the state at the first page, so that all pages agree. */
interface Page {
  readonly items: readonly KubeObject[];
  readonly revision: number;
  readonly expiresAtMs: number;
}

const pageLifeMs = 5 * 60 * 1000;
const maxPages = 256;
const tokenForm = /^[0-9a-f-]{36}$/;

/** Answers lists; one per server, since it keeps the state of lists read in pages. */
export class Lister {
  readonly #context: ServerContext;
  readonly #pages = new Map<string, Page>();

  constructor(context: ServerContext) {
    this.#context = context;
  }

  async list(target: Target, namespace: string, request: ApiRequest): Promise<ApiResponse> {
    const { query } = request;
    const representation = negotiate(request.header('accept'));
    const limit = parseCount(query, 'limit');
    const page = this.#firstPage(target, namespace, query);
    const items = limit === 0 ? page.items : page.items.slice(0, limit);
    const rest = page.items.slice(items.length);
    const metadata = {
      resourceVersion: String(page.revision),
      ...(rest.length === 0
        ? {}
        : { continue: this.#keep({ ...page, items: rest }), remainingItemCount: rest.length }),
    };
    const includeObject = query.get('includeObject') ?? 'Metadata';
    const options = { representation, includeObject, now: this.#context.now() };
    return jsonResponse(200, await presentList(target, items, metadata, options));
  }

  #firstPage(target: Target, namespace: string, query: URLSearchParams): Page {
    const token = query.get('continue') ?? '';
    if (token !== '') return this.#take(token);
    const { store } = this.#context;
    checkRevision(query, store.revision);
    const selects = selectionOf(target.served, namespace, query);
    const objects = store.list(collectionOf(target.served), namespace === '' ? undefined : namespace);
    return { items: objects.filter(selects), revision: store.revision, expiresAtMs: 0 };
  }

  #keep(page: Page): string {
    const nowMs = this.#context.now().getTime();
    for (const [token, { expiresAtMs }] of this.#pages) {
      if (expiresAtMs < nowMs || this.#pages.size >= maxPages) this.#pages.delete(token);
    }
    const token = randomUUID();
    this.#pages.set(token, { ...page, expiresAtMs: nowMs + pageLifeMs });
    return token;
  }

  // A page may be asked for again after a lost answer, so it stays until it expires.
  #take(token: string): Page {
    if (!tokenForm.test(token)) throw badRequest('invalid continue token: continue key is not valid');
    const page = this.#pages.get(token);
    if (page === undefined || page.expiresAtMs < this.#context.now().getTime()) {
      throw expired(
        'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.',
      );
    }
    return page;
  }
}

/** A non-negative whole number of the query, 0 when absent. */
export function parseCount(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '';
  if (text === '') return 0;
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 0)
    throw badRequest(`invalid ${name} "${text}": must be a whole number, 0 or more`);
  return count;
}

/** A list shows the newest state, which satisfies every request for "at least" an existing version. */
function checkRevision(query: URLSearchParams, current: number): void {
  const text = query.get('resourceVersion') ?? '';
  const wanted = parseRevision(text);
  if (wanted > current) throw tooNew(wanted, current);
  if (query.get('resourceVersionMatch') === 'Exact' && wanted !== current) {
    throw expired(`The resourceVersion for the provided list is too old: ${wanted} (current: ${current})`);
  }
}

/** A resourceVersion as a number, 0 when absent. */
export function parseRevision(text: string): number {
  if (text === '') return 0;
  if (!/^\d+$/.test(text))
    throw badRequest(`Invalid value: "${text}": resourceVersion: must be a whole number`);
  return Number(text);
}

function tooNew(wanted: number, current: number): ApiError {
  return new ApiError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

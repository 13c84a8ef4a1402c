import { eppErrors } from '../framework/errors.ts';
import type { ParsedRequest, Parser } from '../framework/parser.ts';

/** Finds the parser of a path: the longest configured suffix, of equal ones the first; else the fallback. */
export class ParserTable {
  readonly #entries: readonly { readonly suffix: string; readonly parser: Parser }[];
  readonly #fallback: Parser | undefined;
  /** Requests come to a handful of paths. */
  readonly #cache = new Map<string, Parser | undefined>();

  constructor(parsers: readonly Parser[]) {
    this.#entries = parsers
      .flatMap((parser) => parser.paths.map((suffix) => ({ suffix, parser })))
      .sort((a, b) => b.suffix.length - a.suffix.length);
    this.#fallback = parsers.find((parser) => parser.paths.length === 0);
  }

  /** Throws a `WeirError` of status 400. */
  parse(path: string, body: Uint8Array): ParsedRequest {
    const parser = this.#find(path);
    if (parser === undefined) throw eppErrors.NO_PARSER({ path });
    return parser.parse(path, body);
  }

  #find(path: string): Parser | undefined {
    if (this.#cache.has(path)) return this.#cache.get(path);
    const entry = this.#entries.find(({ suffix }) => path === suffix || path.endsWith(`/${suffix}`));
    const parser = entry?.parser ?? this.#fallback;
    if (this.#cache.size < 256) this.#cache.set(path, parser);
    return parser;
  }
}

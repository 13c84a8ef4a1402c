/** Names a piece of request-scoped data that one plugin produces and others consume. */
export interface DataKey<T> {
  readonly name: string;
  /** Carries the type only; never set. */
  readonly shape?: T;
}

/** Request-scoped data by key and by the plugin that produced it. */
export class RequestData {
  readonly #values = new Map<string, unknown>();

  get<T>(key: DataKey<T>, producer: string): T | undefined {
    return this.#values.get(`${key.name}/${producer}`) as T | undefined;
  }

  set<T>(key: DataKey<T>, producer: string, value: T): void {
    this.#values.set(`${key.name}/${producer}`, value);
  }
}

/** The prompt as the token producer sees it. */
export interface TokenizedRequest {
  /** One entry per prompt: its tokens as consecutive little-endian 32-bit words. */
  readonly prompts: readonly Uint8Array[];
  readonly cacheSalt: string;
}

/** How much of the prompt each endpoint is believed to hold. */
export interface PrefixCacheMatch {
  /** By endpoint slot. */
  readonly matchBlocks: Int32Array;
  readonly totalBlocks: number;
  /** The most blocks that any candidate holds. */
  readonly longestMatch: number;
  readonly blockSizeTokens: number;
}

/** Requests that this picker sent and that have not ended. */
export interface InFlightLoad {
  /** By endpoint slot. */
  readonly requests: Int32Array;
}

export const tokenizedRequest: DataKey<TokenizedRequest> = { name: 'TokenizedRequest' };
export const prefixCacheMatchInfo: DataKey<PrefixCacheMatch> = { name: 'PrefixCacheMatchInfo' };
export const inFlightLoad: DataKey<InFlightLoad> = { name: 'InFlightLoad' };

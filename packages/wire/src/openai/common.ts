/** `abort` is vLLM's: the client left or the server stopped. */
export type FinishReason = 'stop' | 'length' | 'abort' | 'error';

export interface Usage {
  readonly prompt_tokens: number;
  readonly total_tokens: number;
  readonly completion_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
}

export interface StreamOptions {
  readonly include_usage?: boolean;
  /** vLLM: usage so far in every chunk. */
  readonly continuous_usage_stats?: boolean;
}

export interface ModelCard {
  readonly id: string;
  readonly object: 'model';
  readonly created: number;
  readonly owned_by: string;
  /** Path or id the weights came from. */
  readonly root: string;
  /** Base model of an adapter. */
  readonly parent: string | null;
  readonly max_model_len: number | null;
  readonly permission: readonly ModelPermission[];
}

export interface ModelPermission {
  readonly id: string;
  readonly object: 'model_permission';
  readonly created: number;
  readonly allow_create_engine: boolean;
  readonly allow_sampling: boolean;
  readonly allow_logprobs: boolean;
  readonly allow_search_indices: boolean;
  readonly allow_view: boolean;
  readonly allow_fine_tuning: boolean;
  readonly organization: string;
  readonly group: string | null;
  readonly is_blocking: boolean;
}

export interface ModelList {
  readonly object: 'list';
  readonly data: readonly ModelCard[];
}

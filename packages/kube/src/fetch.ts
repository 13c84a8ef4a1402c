/**
 * The one seam between a real cluster and the embedded server: a function from a request to a response, with web
 * standard shapes. `path` starts with "/" and includes the query; who makes the function knows host and credentials.
 */
export type Fetch = (path: string, init?: FetchInit) => Promise<Response>;

export interface FetchInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

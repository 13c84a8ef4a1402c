import type { Endpoint } from './endpoint.ts';

/** Keeps state per endpoint and must drop it with the endpoint: its slot is given to another one afterwards. */
export interface EndpointObserver {
  onEndpointRemoved(endpoint: Endpoint): void;
}

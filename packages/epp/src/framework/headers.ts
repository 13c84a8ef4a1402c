/** Names of the endpoint-picker protocol (scheduler 1.5); one line each on who writes and who reads. */

/** Picker to proxy: the endpoints picked, `ip:port` joined by commas. */
export const destinationEndpointHeader = 'x-gateway-destination-endpoint';
/** Picker to client: why a request was dropped. */
export const droppedReasonHeader = 'x-llm-d-request-dropped-reason';
/** Client or earlier router to picker: the model to ask the engine for; with its older spelling. */
export const modelRewriteHeaders = ['x-llm-d-model-name-rewrite', 'x-gateway-model-name-rewrite'] as const;

/** Headers that only the picker or a proxy may set; a client's values must not reach an engine. */
export const systemHeaders: readonly string[] = [
  destinationEndpointHeader,
  'x-gateway-destination-endpoint-served',
  'x-gateway-destination-endpoint-subset',
  droppedReasonHeader,
  'x-prefiller-host-port',
  'x-encoder-hosts-ports',
  'x-data-parallel-host-port',
  'x-kv-cache-source-host-port',
];

/** Values of the dropped-reason header. */
export type RequestDroppedReason =
  | 'rejected-saturated'
  | 'rejected-no-endpoints'
  | 'rejected-ttl-expired'
  | 'rejected-context-cancelled'
  | 'rejected-shutting-down'
  | 'evicted';

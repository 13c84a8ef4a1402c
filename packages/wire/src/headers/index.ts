/**
 * Header names of the data path, in lower case, each with who writes and who reads it. Values in `deprecated…`
 * are older spellings that readers still accept; the canonical name wins when both are present.
 */

/** Written by any hop that finds it missing; read by everybody for correlation, returned to the client. */
export const requestIdHeader = 'x-request-id';

/** Written by the picker; read by the proxy as the `ip:port` list to try, in order. Never accepted from clients. */
export const destinationEndpointHeader = 'x-gateway-destination-endpoint';
/** Written by the proxy as metadata on the response phase; read by the picker to learn who really served. */
export const destinationEndpointServedHeader = 'x-gateway-destination-endpoint-served';
/** Written by the proxy as metadata; read by the picker to narrow candidates. Never accepted from clients. */
export const destinationEndpointSubsetHeader = 'x-gateway-destination-endpoint-subset';

/** Written by clients; read by the picker: name of an InferenceObjective. */
export const inferenceObjectiveHeader = 'x-llm-d-inference-objective';
export const deprecatedInferenceObjectiveHeader = 'x-gateway-inference-objective';
/** Written by clients; read by flow control as the flow id. */
export const fairnessIdHeader = 'x-llm-d-inference-fairness-id';
export const deprecatedFairnessIdHeader = 'x-gateway-inference-fairness-id';
/** Written by clients or a body-based router; read by the picker: target model name. */
export const modelNameRewriteHeader = 'x-llm-d-model-name-rewrite';
export const deprecatedModelNameRewriteHeader = 'x-gateway-model-name-rewrite';
/** Written by clients; read by latency-aware plugins, in milliseconds. */
export const sloTtftHeader = 'x-llm-d-slo-ttft-ms';
export const deprecatedSloTtftHeader = 'x-slo-ttft-ms';
/** Written by clients; read by latency-aware plugins, in milliseconds per output token. */
export const sloTpotHeader = 'x-llm-d-slo-tpot-ms';
export const deprecatedSloTpotHeader = 'x-slo-tpot-ms';
/** Written by the picker and the gateway; read by clients: why a request was not served. */
export const droppedReasonHeader = 'x-llm-d-request-dropped-reason';

/** Written by the gateway from the body's `model`, or by clients; read by HTTPRoute header matches. */
export const modelNameHeader = 'x-gateway-model-name';

/** Written by the picker; read by the decode sidecar: chosen prefill `ip:port`. Never accepted from clients. */
export const prefillerHostPortHeader = 'x-prefiller-host-port';
/** Written by the picker; read by the decode sidecar: encode `ip:port` list. Never accepted from clients. */
export const encoderHostsPortsHeader = 'x-encoder-hosts-ports';
/** Written by the picker; read by the sidecar: real rank address. Never accepted from clients. */
export const dataParallelHostPortHeader = 'x-data-parallel-host-port';
/** Written by the picker; read by the sidecar: peer to pull KV from. Never accepted from clients. */
export const kvCacheSourceHostPortHeader = 'x-kv-cache-source-host-port';

/** Written by the picker on responses, sent back by clients; read by session affinity. */
export const sessionTokenHeader = 'x-session-token';
/** Written by clients; read by session affinity. */
export const sessionIdHeader = 'x-session-id';

/** Written by the gateway on responses, on request of `explainHeader` or of an annotation: name of the pod. */
export const servedByHeader = 'x-served-by';
/** Written by the gateway on responses when the picker was bypassed: `fallback;reason=…`. */
export const weirRoutingHeader = 'x-weir-routing';
/** Written by clients (`1`); read by the gateway: add what explains the decision to the response. */
export const explainHeader = 'x-weir-explain';
/** Written by an engine that serves other weights than asked for; read by clients: the URI in use. */
export const modelSubstitutedHeader = 'x-weir-model-substituted';

/**
 * Headers that steer requests inside the system. A value that a client sends is removed at the first hop: it could
 * otherwise reach any address that the gateway can.
 */
export const internalRoutingHeaders: readonly string[] = [
  destinationEndpointHeader,
  destinationEndpointServedHeader,
  destinationEndpointSubsetHeader,
  prefillerHostPortHeader,
  encoderHostsPortsHeader,
  dataParallelHostPortHeader,
  kvCacheSourceHostPortHeader,
];

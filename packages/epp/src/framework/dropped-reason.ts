/** Values of the header `x-llm-d-request-dropped-reason`. */
export type RequestDroppedReason =
  | 'rejected-saturated'
  | 'rejected-no-endpoints'
  | 'rejected-ttl-expired'
  | 'rejected-context-cancelled'
  | 'rejected-shutting-down'
  | 'evicted';

import {
  type LLMInferenceService,
  type LLMInferenceServiceSpec,
  localModelAnnotations,
  localModelLabel,
} from '@weir/api/serving';
import { sha256Hex } from '@weir/core/hash';

/** Where the model comes from: the node cache that admission chose, else what the spec says. */
export function modelUri(service: LLMInferenceService, spec: LLMInferenceServiceSpec): string {
  const uri = spec.model?.uri ?? '';
  const { labels, annotations } = service.metadata;
  const source = annotations?.[localModelAnnotations.sourceUri] ?? '';
  const claim = annotations?.[localModelAnnotations.claim] ?? '';
  const isCached = labels?.[localModelLabel] !== undefined && source !== '' && claim !== '';
  const base = source.replace(/\/+$/, '');
  if (!isCached || (uri !== base && !uri.startsWith(`${base}/`))) return uri;
  const rest = uri.slice(base.length).replace(/\/+$/, '');
  // KServe ends the path with a slash where the cache holds the model itself.
  return `pvc://${claim}/models/${sha256Hex(source).slice(0, 16)}${rest === '' ? '/' : rest}`;
}

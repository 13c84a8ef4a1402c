import { type FieldError, invalid } from '@weir/api/meta';
import type { Finding, LLMInferenceServiceSpec, ValidationLevel } from '@weir/api/serving';
import { WeirError } from '@weir/core/errors';
import { resolveConfig } from '@weir/epp/config';
import { checkModelUri } from '@weir/storage/attach';

/** What only storage schemes and the endpoint picker know about a spec. */
export function specFindings(spec: LLMInferenceServiceSpec, level: ValidationLevel): readonly Finding[] {
  const adapters: unknown = spec.model?.lora?.adapters;
  const uris = (Array.isArray(adapters) ? adapters : []).map((adapter: unknown, index) => ({
    uri: typeof adapter === 'object' && adapter !== null && 'uri' in adapter ? adapter.uri : undefined,
    path: `spec.model.lora.adapters[${index}].uri`,
  }));
  return [
    ...[{ uri: spec.model?.uri, path: 'spec.model.uri' }, ...uris].flatMap(({ uri, path }) =>
      uriFindings(uri, path),
    ),
    ...schedulerConfigFindings(spec, level),
  ];
}

/** A scheme that cannot be served yet is no mistake of the user. Unknown ones are refused elsewhere. */
function uriFindings(uri: unknown, path: string): Finding[] {
  if (typeof uri !== 'string' || !uri.includes('://') || uri.endsWith('://') || uri.includes('{{')) return [];
  try {
    checkModelUri(uri);
    return [];
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    if (error.code === 'STORAGE_UNSUPPORTED_SCHEME') return [];
    return error.code === 'STORAGE_SCHEME_NOT_BUILT'
      ? [{ level: 'warning', error: { type: 'Invalid', path, detail: error.message } }]
      : [{ level: 'error', error: invalid(path, uri, error.message, adviceIn(error.message)) }];
  }
}

/** Storage says what is wrong, then what to do. */
function adviceIn(message: string): string | undefined {
  return message.includes('; ') ? message.slice(message.lastIndexOf('; ') + 2) : undefined;
}

/** A picker of somebody else may understand what ours does not, so that defects are refused only when asked for. */
function schedulerConfigFindings(spec: LLMInferenceServiceSpec, level: ValidationLevel): Finding[] {
  const inline = spec.router?.scheduler?.config?.inline;
  if (inline === undefined || Object.keys(inline).length === 0) return [];
  const { errors, warnings } = resolveConfig(JSON.stringify(inline));
  const path = 'spec.router.scheduler.config.inline';
  const below = (error: FieldError): FieldError => ({ ...error, path: `${path}.${error.path}` });
  return [
    ...errors.map(
      (error): Finding => ({ level: level === 'strict' ? 'error' : 'warning', error: below(error) }),
    ),
    ...warnings.map((detail): Finding => ({ level: 'warning', error: { type: 'Invalid', path, detail } })),
  ];
}

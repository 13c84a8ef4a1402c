import { copyJson, type MergeNode, strategicMerge } from '@weir/api/meta';
import { toError } from '@weir/core/errors';
import jsonPatch from 'fast-json-patch';
import { ApiError, badRequest } from '../api-error.ts';

export type PatchFormat = 'json' | 'merge' | 'strategic';

const maxOperations = 10_000;

/** A new value with the patch applied; neither input is modified. */
export function applyPatch(
  format: PatchFormat,
  base: unknown,
  patch: unknown,
  mergeNode: MergeNode | undefined,
): unknown {
  if (format === 'json') return applyJsonPatch(base, patch);
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) {
    throw badRequest('the patch is not a JSON object');
  }
  return format === 'merge' ? mergePatch(base, patch) : strategicMerge(base, patch, mergeNode);
}

function applyJsonPatch(base: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest('the JSON patch is not a list of operations');
  if (patch.length > maxOperations) {
    const message = `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`;
    throw new ApiError(413, 'RequestEntityTooLarge', message);
  }
  try {
    return jsonPatch.applyPatch(copyJson(base), patch, true, true).newDocument;
  } catch (error) {
    // The library's message repeats the whole document after the first line.
    const [reason = ''] = toError(error).message.split('\n');
    throw new ApiError(
      422,
      'Invalid',
      `the server rejected our request due to an error in our request: ${reason}`,
    );
  }
}

/** RFC 7386: objects merge, null removes, anything else replaces. */
function mergePatch(base: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(base) ? { ...base } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else Object.defineProperty(result, key, valueProperty(mergePatch(result[key], value)));
  }
  return result;
}

// A plain assignment would set the prototype for the key "__proto__".
function valueProperty(value: unknown): PropertyDescriptor {
  return { value, enumerable: true, configurable: true, writable: true };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import type { AdmissionRequest, AdmissionResult } from '@weir/api/meta';
import { keyOf, keyText } from '@weir/api/meta';
import { canonicalJson } from '@weir/core/hash';
import { wellKnownNames } from './presets.ts';

export interface ProtectionOptions {
  readonly systemNamespace: string;
  /** In front of the well-known names; default `kserve-`. */
  readonly configPrefix?: string;
  /** Whether well-known Configs of the system namespace may not be deleted; default true. */
  readonly preventsDeletion?: boolean;
}

/** Admission of changes to presets: every service of the cluster may depend on them. */
export function createProtection(options: ProtectionOptions): (request: AdmissionRequest) => AdmissionResult {
  const names = wellKnownNames(options.configPrefix ?? 'kserve-');
  return (request) => reviewWellKnown(request, names, options);
}

function reviewWellKnown(
  { operation, object, oldObject }: AdmissionRequest,
  names: ReadonlySet<string>,
  { systemNamespace, preventsDeletion = true }: ProtectionOptions,
): AdmissionResult {
  if (oldObject === null || !names.has(oldObject.metadata.name ?? '')) return {};
  const key = keyText(keyOf(oldObject));
  if (operation === 'DELETE' && oldObject.metadata.namespace === systemNamespace) {
    const text = `well-known config ${key} cannot be deleted`;
    return preventsDeletion
      ? { forbidden: `${text} — services are composed with it` }
      : { warnings: [`deleting well-known config ${key} is not recommended`] };
  }
  if (operation !== 'UPDATE' || object === null || specText(object) === specText(oldObject)) return {};
  const advice = 'Consider creating a custom config instead — this change rolls every service that uses it';
  return { warnings: [`modifying well-known config ${key} is not recommended. ${advice}`] };
}

function specText(object: object): string {
  return canonicalJson('spec' in object ? object.spec : null);
}

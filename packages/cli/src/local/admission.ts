import { reviewConfig, reviewService, servingResources } from '@weir/api/serving';
import type { AdmissionPlugin } from '@weir/cluster/apiserver';

/** What the embedded API server asks before it stores an object; the same functions that a cluster calls by webhook. */
export const admissionPlugins: readonly AdmissionPlugin[] = [
  {
    name: 'llminferenceservice',
    matches: (kind, subresource) => isKind(kind, servingResources.services) && subresource === '',
    review: async (request) => reviewService(request),
  },
  {
    name: 'llminferenceserviceconfig',
    matches: (kind, subresource) => isKind(kind, servingResources.configs) && subresource === '',
    review: async (request) => reviewConfig(request),
  },
];

/** Versions do not matter: each is converted before it is reviewed. */
function isKind(
  kind: { readonly group: string; readonly plural: string },
  wanted: { readonly group: string; readonly plural: string },
): boolean {
  return kind.group === wanted.group && kind.plural === wanted.plural;
}

import { apiVersionOf, resources } from '@weir/api/meta';
import {
  deviceClaimAnnotations,
  type LLMInferenceService,
  nameLabel,
  partOf,
  partOfLabel,
} from '@weir/api/serving';
import type { Part } from './input.ts';
import { childMetadata, childOf, nameOf } from './metadata.ts';
import { workloadsOf } from './topology.ts';

/** Name of the claim inside the pods. */
export const managedClaim = 'managed-device';

/** The ResourceClaimTemplate of a service that asks for devices by annotation; null when it does not. */
export function deviceClaimName(service: LLMInferenceService): string | null {
  return wish(service, 'class') === '' ? null : childOf(service, 'deviceClaim');
}

/** The container that the user chose for the devices; empty where he chose none. */
export function deviceContainer(service: LLMInferenceService): string {
  return wish(service, 'container');
}

/** Admission overlooks blanks around a value, and so does this. */
function wish({ metadata }: LLMInferenceService, about: keyof typeof deviceClaimAnnotations): string {
  return metadata.annotations?.[deviceClaimAnnotations[about]]?.trim() ?? '';
}

/** From which every engine pod gets a claim of its own. */
export const deviceClaimTemplate: Part = ({ service, spec }) => {
  const name = deviceClaimName(service);
  if (name === null) return null;
  const count = Number(wish(service, 'count'));
  const selectors = wish(service, 'selectors')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((expression) => ({ cel: { expression } }));
  const exactly = {
    deviceClassName: wish(service, 'class'),
    ...(count > 1 ? { count } : {}),
    ...(selectors.length > 0 ? { selectors } : {}),
  };
  const [{ condition, failureReason: reason }] = workloadsOf(service, spec);
  const object = {
    apiVersion: apiVersionOf(resources.resourceClaimTemplates),
    kind: resources.resourceClaimTemplates.kind,
    metadata: childMetadata(service, name, { [nameLabel]: nameOf(service), [partOfLabel]: partOf }),
    spec: { spec: { devices: { requests: [{ name: 'device', exactly }] } } },
  };
  return {
    failure: { condition, reason },
    // Running pods have their claims already, so a changed template is simply made anew.
    apply: [{ kind: resources.resourceClaimTemplates, object, recreate: 'Background' }],
  };
};

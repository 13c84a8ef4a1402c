import { servingConverters, servingResources } from '@weir/api/serving';
import {
  conversionRoute,
  mutatingRoute,
  validatingRoute,
  type WebhookEntry,
  type WebhookRoute,
  type WebhookSet,
} from '@weir/kube/admission';
import { createServingAdmission, type ServingAdmissionOptions } from './admission.ts';
import { candidateAnnotation } from './config/rendered-spec.ts';

/** Webhooks of the serving kinds, with the names and paths that KServe gives them. */
export interface ServingWebhooks {
  readonly set: WebhookSet;
  /** Answers by path. */
  readonly routes: Readonly<Record<string, WebhookRoute>>;
}

const group = servingResources.services.group;
const versions = ['v1alpha1', 'v1alpha2'];
const services = servingResources.services.plural;
const configs = servingResources.configs.plural;
const conversionPath = '/convert';

/**
 * Merged specs are judged by whoever has a server judge them: only creates that come to nothing are left out, so that
 * the mark lets no object in.
 */
const asksAboutNoCandidate = [
  {
    name: 'not-a-merged-spec',
    expression: `!(request.operation == 'CREATE' && request.dryRun && has(object.metadata.annotations) && '${candidateAnnotation}' in object.metadata.annotations)`,
  },
];

export function servingWebhooks(
  options: ServingAdmissionOptions & { readonly defaulting: boolean },
): ServingWebhooks {
  const defaulters = serviceEntries('mutate');
  const validators = serviceEntries('validate');
  const configValidators = entries('llminferenceserviceconfig', configs, 'validate', [
    'CREATE',
    'UPDATE',
    'DELETE',
  ]);
  const set: WebhookSet = {
    validating: {
      [`llminferenceservice.${group}`]: validators,
      [`llminferenceserviceconfig.${group}`]: configValidators,
    },
    mutating: options.defaulting ? { [`llminferenceservice.${group}`]: defaulters } : {},
    conversion: { path: conversionPath, definitions: [`${services}.${group}`, `${configs}.${group}`] },
  };
  const admission = createServingAdmission(options);
  const validating = validatingRoute(admission);
  const mutating = mutatingRoute(admission);
  return {
    set,
    routes: {
      [conversionPath]: conversionRoute(servingConverters),
      ...Object.fromEntries([...validators, ...configValidators].map(({ path }) => [path, validating])),
      ...Object.fromEntries(defaulters.map(({ path }) => [path, mutating])),
    },
  };
}

function serviceEntries(verb: 'mutate' | 'validate'): WebhookEntry[] {
  return entries('llminferenceservice', services, verb, ['CREATE', 'UPDATE']).map((entry) => ({
    ...entry,
    matchConditions: asksAboutNoCandidate,
  }));
}

function entries(
  singular: string,
  plural: string,
  verb: 'mutate' | 'validate',
  operations: readonly string[],
): WebhookEntry[] {
  const role = verb === 'mutate' ? 'defaulter' : 'validator';
  return versions.map((version) => ({
    name: `${singular}.kserve-webhook-server.${version}.${role}`,
    path: `/${verb}-${group.replaceAll('.', '-')}-${version}-${singular}`,
    rule: { group, version, plural, operations },
  }));
}

import type { FieldError } from '@weir/api/meta';
import { invalid, required } from '@weir/api/meta';
import type { CustomResourceDefinition } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import { timestamp } from '../rest/metadata.ts';
import { parseJsonPath } from '../table/json-path.ts';
import { setClientConfigDefaults } from './client-config.ts';
import { conversionErrors } from './crd-conversion.ts';
import { defineStrategy, type Strategy } from './strategy.ts';

type Version = CustomResourceDefinition['spec']['versions'][number];

const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

/** A definition is accepted or refused at once, so its conditions are true from the start. */
export const customResourceDefinitionStrategy: Strategy = defineStrategy<CustomResourceDefinition>({
  hasGeneration: true,
  setDefaults: (draft) => {
    setZeroValues(draft);
    const { names, versions } = draft.spec;
    names.singular ??= names.kind.toLowerCase();
    names.listKind ??= `${names.kind}List`;
    draft.spec.conversion ??= { strategy: 'None' };
    const { webhook } = draft.spec.conversion;
    if (webhook?.clientConfig !== undefined) setClientConfigDefaults(webhook.clientConfig);
    for (const version of versions) version.served ??= false;
  },
  prepareCreate: (draft, { now }) => {
    draft.metadata.finalizers = [...new Set([...(draft.metadata.finalizers ?? []), cleanupFinalizer])];
    draft.status = {
      acceptedNames: draft.spec.names,
      conditions: conditions(timestamp(now)),
      storedVersions: storageVersions(draft),
    };
  },
  prepareUpdate: (draft, old) => {
    const stored = new Set([...(old.status?.storedVersions ?? []), ...storageVersions(draft)]);
    draft.status = { ...old.status, acceptedNames: draft.spec.names, storedVersions: [...stored] };
  },
  validate: (object, old) => [
    ...nameErrors(object),
    ...versionErrors(object),
    ...conversionErrors(object.spec.conversion, old?.spec.conversion),
    ...immutableErrors(object, old),
    ...(old === null ? [] : storedVersionErrors(object)),
  ],
});

/** What Go's type has when a client leaves it out, so that validation can name what is missing. */
function setZeroValues(draft: { spec?: Partial<CustomResourceDefinition['spec']> }): void {
  draft.spec ??= {};
  draft.spec.group ??= '';
  draft.spec.scope ??= '';
  draft.spec.names ??= { kind: '', plural: '' };
  draft.spec.names.kind ??= '';
  draft.spec.names.plural ??= '';
  draft.spec.versions ??= [];
}

function conditions(now: string): NonNullable<NonNullable<CustomResourceDefinition['status']>['conditions']> {
  return [
    {
      type: 'NamesAccepted',
      status: 'True',
      reason: 'NoConflicts',
      message: 'no conflicts found',
      lastTransitionTime: now,
    },
    {
      type: 'Established',
      status: 'True',
      reason: 'InitialNamesAccepted',
      message: 'the initial names have been accepted',
      lastTransitionTime: now,
    },
  ];
}

function storageVersions(object: CustomResourceDefinition): string[] {
  return object.spec.versions.filter((version) => version.storage).map((version) => version.name);
}

function nameErrors(object: CustomResourceDefinition): FieldError[] {
  const { group, names, scope } = object.spec;
  const missing = [
    ['spec.group', group],
    ['spec.scope', scope],
    ['spec.names.plural', names.plural],
    ['spec.names.kind', names.kind],
  ].filter(([, value]) => !value);
  if (missing.length > 0) return missing.map(([path = '']) => required(path));
  if (!group.includes('.')) return [invalid('spec.group', group, 'should be a domain with at least one dot')];
  const expected = `${names.plural}.${group}`;
  if (object.metadata.name === expected) return [];
  return [invalid('metadata.name', object.metadata.name, `must be spec.names.plural+"."+spec.group`)];
}

function versionErrors(object: CustomResourceDefinition): FieldError[] {
  const { versions } = object.spec;
  if (versions.length === 0) return [required('spec.versions', 'must have at least one version')];
  const errors: FieldError[] = [];
  if (storageVersions(object).length !== 1) {
    errors.push(
      invalid('spec.versions', object.spec.group, 'must have exactly one version marked as storage version'),
    );
  }
  versions.forEach((version, index) => {
    if (version.schema?.openAPIV3Schema === undefined) {
      errors.push(required(`spec.versions[${index}].schema.openAPIV3Schema`, 'schemas are required'));
    }
    errors.push(...columnErrors(version, `spec.versions[${index}]`));
  });
  return errors;
}

/** A version that objects may be stored in must go on being known. */
function storedVersionErrors({ spec, status }: CustomResourceDefinition): FieldError[] {
  return (status?.storedVersions ?? []).flatMap((name, index) => {
    if (spec.versions.some((version) => version.name === name)) return [];
    const detail = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    return [invalid(`status.storedVersions[${index}]`, name, detail)];
  });
}

function columnErrors(version: Version, path: string): FieldError[] {
  return (version.additionalPrinterColumns ?? []).flatMap(({ jsonPath }, index) => {
    try {
      parseJsonPath(jsonPath);
      return [];
    } catch (error) {
      const columnPath = `${path}.additionalPrinterColumns[${index}].jsonPath`;
      return [invalid(columnPath, jsonPath, toError(error).message)];
    }
  });
}

function immutableErrors(
  object: CustomResourceDefinition,
  old: CustomResourceDefinition | null,
): FieldError[] {
  if (old === null) return [];
  const fixed = [
    ['spec.group', object.spec.group, old.spec.group],
    ['spec.names.plural', object.spec.names.plural, old.spec.names.plural],
    ['spec.scope', object.spec.scope, old.spec.scope],
    ['spec.names.kind', object.spec.names.kind, old.spec.names.kind],
  ] as const;
  return fixed
    .filter(([, value, before]) => value !== before)
    .map(([path, value]) => invalid(path, value, 'field is immutable'));
}

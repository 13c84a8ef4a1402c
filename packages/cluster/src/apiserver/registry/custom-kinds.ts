import type { CustomResourceDefinition } from '@weir/api/workloads';
import { objectMetaSchema, structuralOfCrd } from '../../schema/index.ts';
import { customKindSchema, type KindSchema } from './kind-schema.ts';
import { byPreference } from './registry.ts';
import type { Conversion, PrinterColumn, ScalePaths, ServedKind, ServedVersion } from './served-kind.ts';

type Definition = CustomResourceDefinition;
type DefinitionVersion = Definition['spec']['versions'][number];

const ageColumn: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** The kind that a CustomResourceDefinition describes. */
export function customKind(definition: Definition, conversion: Conversion): ServedKind {
  const { group, names, scope, versions } = definition.spec;
  return {
    group,
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    namespaced: scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
    versions: versions
      .filter((version) => version.served)
      .map(toServedVersion(definition))
      .sort((a, b) => byPreference(a.name, b.name)),
    storageVersion: versions.find((version) => version.storage)?.name ?? '',
    subresources: [],
    isCustom: true,
    mergeNode: undefined,
    conversion,
  };
}

function toServedVersion(definition: Definition): (version: DefinitionVersion) => ServedVersion {
  const { group, names } = definition.spec;
  return (version) => {
    const openApiSchema = version.schema?.openAPIV3Schema;
    let schema: KindSchema | undefined;
    return {
      name: version.name,
      hasStatus: version.subresources?.status !== undefined,
      scale: toScale(version),
      columns: (version.additionalPrinterColumns as readonly PrinterColumn[] | undefined) ?? [ageColumn],
      // Built on first use: schemas that embed pod templates are large, and most kinds are never written.
      get schema(): KindSchema {
        schema ??= customKindSchema(structuralOfCrd(openApiSchema, objectMetaSchema));
        return schema;
      },
      openApiSchema,
      deprecation:
        version.deprecated === true
          ? (version.deprecationWarning ?? `${group}/${version.name} ${names.kind} is deprecated`)
          : null,
    };
  };
}

function toScale(version: DefinitionVersion): ScalePaths | null {
  const scale = version.subresources?.scale;
  if (scale === undefined) return null;
  return {
    specReplicas: scale.specReplicasPath,
    statusReplicas: scale.statusReplicasPath,
    ...(scale.labelSelectorPath === undefined ? {} : { labelSelector: scale.labelSelectorPath }),
  };
}

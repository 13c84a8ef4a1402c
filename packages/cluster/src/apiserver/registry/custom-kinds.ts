import type { Converter, KubeObject } from '@weir/api/meta';
import type { CustomResourceDefinition } from '@weir/api/workloads';
import { objectMetaSchema, structuralOfCrd } from '../../schema/index.ts';
import { ApiError } from '../api-error.ts';
import { customKindSchema, type KindSchema } from './kind-schema.ts';
import { byPreference } from './registry.ts';
import type { PrinterColumn, ScalePaths, ServedKind, ServedVersion } from './served-kind.ts';

type Definition = CustomResourceDefinition;
type DefinitionVersion = Definition['spec']['versions'][number];

const ageColumn: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** The kind that a CustomResourceDefinition describes. */
export function customKind(definition: Definition, converters: readonly Converter[]): ServedKind {
  const { group, names, scope, versions } = definition.spec;
  const converter = converters.find((one) => one.group === group && one.kind === names.kind);
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
    convert: (object, toVersion) => convert(object, { group, toVersion, converter, definition }),
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

interface Conversion {
  readonly group: string;
  readonly toVersion: string;
  readonly converter: Converter | undefined;
  readonly definition: Definition;
}

function convert(object: KubeObject, { group, toVersion, converter, definition }: Conversion): KubeObject {
  const apiVersion = `${group}/${toVersion}`;
  if (object.apiVersion === apiVersion) return object;
  if (converter === undefined) return { ...object, apiVersion };
  try {
    const converted = converter.convert(object, toVersion);
    const metadata = withTexts(object.metadata, converted.metadata);
    return { ...converted, apiVersion, kind: object.kind, metadata };
  } catch (cause) {
    const { plural } = definition.spec.names;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ApiError(
      500,
      'InternalError',
      `conversion of ${plural}.${group} "${object.metadata.name ?? ''}" from ${object.apiVersion} to ${apiVersion} failed: ${reason}`,
    );
  }
}

/** Conversion may change labels and annotations, and nothing that identifies the object or its state. */
function withTexts(
  metadata: KubeObject['metadata'],
  converted: KubeObject['metadata'],
): KubeObject['metadata'] {
  const { labels: _labels, annotations: _annotations, ...rest } = metadata;
  const { labels, annotations } = converted;
  return {
    ...rest,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

import { choice, flag, integer, list, localReference, object, text, withRules } from './schema-builders.ts';
import { routerSchema } from './serving-router-schema.ts';
import { replicasOrScaling, workloadProperties } from './serving-workload-schema.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** Schemas of other APIs that the serving kinds embed. */
export interface EmbeddedSchemas {
  readonly podSpec: StructuralSchema;
  readonly httpRouteSpec: StructuralSchema;
  readonly poolSpec: StructuralSchema;
  readonly claimSpec: StructuralSchema;
  readonly scalingBehavior: StructuralSchema;
}

/** The spec of both kinds; a Config may leave out what another layer gives. */
export function specSchema(embedded: EmbeddedSchemas, version: string, isConfig: boolean): StructuralSchema {
  const spec = object('What to serve, with how many pods, and how requests reach them.', {
    model: modelSchema(version, isConfig),
    storageInitializer: object('The container that fetches the weights before the engine starts.', {
      enabled: flag('false when the image of the engine brings or fetches the weights itself. Default true.'),
    }),
    ...workloadProperties(embedded, version),
    prefill: withRules(
      object(
        'Pods of their own that read prompts; the pods of the top level then only write answers (decode).',
        workloadProperties(embedded, version),
      ),
      [replicasOrScaling],
    ),
    router: routerSchema(embedded, isConfig),
    tracing: tracingSchema(),
    baseRefs: list(
      'Configs of this namespace or of the system namespace that lie under this spec. Later ones win over earlier ' +
        'ones, this spec wins over all. Not allowed in a Config.',
      localReference('One config.', 'LLMInferenceServiceConfig'),
    ),
    suspend: flag('true takes all pods away until it is false again, as queue systems ask.'),
  });
  return withRules(spec, [replicasOrScaling]);
}

function modelSchema(version: string, isConfig: boolean): StructuralSchema {
  return object(
    'The model to load.',
    {
      uri: text(
        'Where the weights come from: hf://org/model, s3://bucket/path, gs://bucket/path, pvc://claim/path, ' +
          'oci://image, file:///path, https://host/file or builtin://tiny-random.',
      ),
      name: text('Name by which requests ask for the model. Defaults to the name of the service.'),
      lora: loraSchema(),
      ...(version === 'v1alpha1'
        ? { criticality: criticalitySchema() }
        : { confidential: confidentialSchema() }),
    },
    isConfig ? [] : ['uri'],
  );
}

function criticalitySchema(): StructuralSchema {
  return choice(
    'How requests are treated under load: Critical ones first, Sheddable ones are refused first. Normal is the ' +
      'same as Standard.',
    ['Critical', 'Standard', 'Sheddable', 'Normal'],
  );
}

function confidentialSchema(): StructuralSchema {
  return object(
    'Weights that are stored encrypted.',
    {
      enabled: flag('Decrypt the weights after the download.'),
      resourceId: text('Key at the key broker, kbs:///repository/type/tag.'),
    },
    ['enabled'],
  );
}

function loraSchema(): StructuralSchema {
  return object('Adapters served next to the model, each under a name of its own.', {
    // A model within a model: no structural schema can describe itself.
    adapters: {
      description: 'The adapters: objects with name and uri, as in model.',
      'x-kubernetes-preserve-unknown-fields': true,
    },
    maxRank: integer('Largest rank of an adapter (--max-lora-rank).', 1),
    maxAdapters: integer('Adapters that may work in one batch (--max-loras).', 1),
    maxCpuAdapters: integer('Adapters kept in memory of the pod (--max-cpu-loras).', 1),
  });
}

function tracingSchema(): StructuralSchema {
  return object('OpenTelemetry traces of requests. {} turns them on.', {
    exporterEndpoint: text('Collector, such as http://otel-collector:4317.'),
    sampler: text('Which requests are traced, such as parentbased_traceidratio.'),
    samplerArg: text('Setting of the sampler, such as "0.05".'),
    exporter: text('otlp, console or none.'),
  });
}

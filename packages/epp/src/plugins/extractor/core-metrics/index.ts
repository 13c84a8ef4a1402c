import { type EngineMetricSpecs, engineMetricSpecs, parseMetricSpec } from '@weir/engines';
import * as z from 'zod';
import { definePlugin, type PluginDefinition } from '../../../framework/plugin.ts';

const spec = z
  .string()
  .refine((text) => text === '' || parseMetricSpec(text) !== null, {
    message: 'must be a metric name, optionally with {label=value,…}',
  })
  .transform((text) => text || null)
  .nullable()
  .default(null);

const engineConfig = z
  .strictObject({
    name: z.string().min(1),
    queuedRequestsSpec: spec,
    runningRequestsSpec: spec,
    kvUsageSpec: spec,
    loraSpec: spec,
    cacheInfoSpec: spec,
    cacheBlockSizeLabelName: z.string().default('block_size'),
    cacheNumBlocksLabelName: z.string().default('num_gpu_blocks'),
    cacheBlockSizeSpec: spec,
    cacheNumBlocksSpec: spec,
  })
  .refine(({ name }) => name !== 'default', { message: 'the name "default" is reserved' });

export interface CoreMetricsSettings extends Readonly<Record<string, unknown>> {
  /** Pod label that names the engine. */
  readonly engineLabelKey: string;
  readonly defaultEngine: string;
  /** Engines of the file, before those known by name. */
  readonly engines: readonly EngineMetricSpecs[];
}

export const coreMetricsParameters: z.ZodType<CoreMetricsSettings> = z
  .strictObject({
    engineLabelKey: z
      .string()
      .min(1)
      .default('llm-d.ai/engine-type')
      .describe('Pod label that names the engine.'),
    defaultEngine: z
      .string()
      .min(1)
      .default('vllm')
      .describe('Engine of pods whose label names none that is known.'),
    engineConfigs: z.array(engineConfig).default([]).describe('Engines to add or to replace.'),
  })
  .transform(({ engineLabelKey, defaultEngine, engineConfigs }) => ({
    engineLabelKey,
    defaultEngine,
    engines: [...engineConfigs, ...engineMetricSpecs],
  }))
  .refine(({ defaultEngine, engines }) => engines.some((engine) => engine.name === defaultEngine), {
    path: ['defaultEngine'],
    message: 'names no engine that is known or configured',
  });

/** Settings of the data layer, which reads the metrics itself: the plugin has no live part. */
export const coreMetricsExtractor: PluginDefinition = definePlugin(['extractor'], {
  type: 'core-metrics-extractor',
  stability: 'beta',
  summary: 'Reads queue, running requests, KV-cache use and adapters from the metrics of known engines.',
  parameters: coreMetricsParameters,
  create: () => ({}),
});

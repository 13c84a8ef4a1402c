import { parseGoDuration } from '@weir/core/config';
import * as z from 'zod';
import { definePlugin, type PluginDefinition } from '../../../framework/plugin.ts';

const interval = z
  .string()
  .transform((text, context) => {
    const ms = parseGoDuration(text);
    if (ms !== null && ms >= 50) return ms;
    context.addIssue({ code: 'custom', message: 'must be a duration of at least 50ms, such as "100ms"' });
    return z.NEVER;
  })
  .optional();

export const metricsSourceParameters: z.ZodType<MetricsSourceSettings> = z.strictObject({
  scheme: z.enum(['http', 'https']).default('http').describe('How engines serve their metrics.'),
  path: z.string().startsWith('/').default('/metrics').describe('Path of the metrics.'),
  port: z.int().min(1).max(65535).optional().describe("Port of the metrics; default the endpoint's own."),
  insecureSkipVerify: z.boolean().default(true).describe("Accept any certificate: pods' are self-signed."),
  caCertPath: z.string().optional().describe('Authority of the engines, PEM file.'),
  clientCertPath: z.string().optional().describe('Own certificate, PEM file.'),
  clientKeyPath: z.string().optional().describe('Key of the own certificate, PEM file.'),
  interval: interval.describe('Time between scrapes; default --refresh-metrics-interval.'),
});

export interface MetricsSourceSettings extends Readonly<Record<string, unknown>> {
  readonly scheme: 'http' | 'https';
  readonly path: string;
  readonly port?: number | undefined;
  readonly insecureSkipVerify: boolean;
  readonly caCertPath?: string | undefined;
  readonly clientCertPath?: string | undefined;
  readonly clientKeyPath?: string | undefined;
  readonly interval?: number | undefined;
}

/** Settings of the data layer, which does the scraping itself: the plugin has no live part. */
export const metricsDataSource: PluginDefinition = definePlugin(['data-source'], {
  type: 'metrics-data-source',
  stability: 'beta',
  summary: 'Scrapes the Prometheus metrics of every endpoint.',
  parameters: metricsSourceParameters,
  create: () => ({}),
});

import { readFileSync } from 'node:fs';
import { pluginCatalogue } from '@weir/api/epp-config';
import { silentLogger } from '@weir/core/log';
import { MetricsRegistry } from '@weir/core/metrics';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseParameters } from '../config/parameters.ts';
import { createPrefixIndexMetrics } from '../metrics/prefix-index-metrics.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import type { Plugin, PluginDefinition } from './plugin.ts';

/** Makes an instance as the loader does; every use has the same chance and a clock that stands. */
export function createPlugin(
  definition: PluginDefinition,
  parameters: Readonly<Record<string, unknown>> = {},
  random: () => number = seededRandom(7),
): Plugin {
  const parsed = parseParameters(definition, parameters, 'parameters');
  if (parsed.errors.length > 0) throw new Error(JSON.stringify(parsed.errors));
  return definition.create(parsed.parameters, {
    name: definition.type,
    log: silentLogger,
    metrics: createPrefixIndexMetrics(new MetricsRegistry()),
    now: () => 0,
    random,
  });
}

/** What holds for every plugin type. `folder` is the plugin's own, `new URL('.', import.meta.url)`. */
export function pluginContract(definition: PluginDefinition, folder: URL): void {
  test(`${definition.type} is in the catalogue under its kinds and stability`, () => {
    const known = pluginCatalogue.get(definition.type);
    expect(known?.kinds).toEqual(expect.arrayContaining([...definition.kinds]));
    expect(known?.stability).toBe(definition.stability);
  });

  test(`${definition.type} refuses a parameter that it does not have, by name`, () => {
    const { errors } = parseParameters(definition, { noSuchParameter: 1 }, 'parameters');
    expect(errors.map((error) => error.path)).toEqual(['parameters.noSuchParameter']);
  });

  test(`${definition.type} has a README whose example it accepts`, () => {
    const text = readFileSync(new URL('README.md', folder), 'utf8');
    const example = /```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
    const plugins = parse(example) as { type: string; parameters?: Record<string, unknown> }[];
    const own = plugins.find((plugin) => plugin.type === definition.type);
    expect(own).toBeDefined();
    expect(parseParameters(definition, own?.parameters ?? {}, 'parameters').errors).toEqual([]);
  });
}

import { type ConfigDocument, hasPlugin, type Parameters } from './document.ts';

/** Flags of the picker that became parameters of `metrics-data-source`; null: the engine's own port is used. */
export const metricsSourceFlags: Readonly<Record<string, string | null>> = {
  'model-server-metrics-scheme': 'scheme',
  'model-server-metrics-path': 'path',
  'model-server-metrics-https-insecure-skip-verify': 'insecureSkipVerify',
  'model-server-metrics-port': null,
};

/** How metrics are scraped moves from flags into the file; a source that the file declares knows better. */
export function toVersion10(
  document: ConfigDocument,
  flags: Readonly<Record<string, string>>,
): ConfigDocument {
  const parameters = metricsSourceParameters(flags);
  if (Object.keys(parameters).length === 0 || hasPlugin(document, 'metrics-data-source')) return document;
  return {
    ...document,
    plugins: [...(document.plugins ?? []), { type: 'metrics-data-source', parameters }],
  };
}

/** A flag whose value the picker would refuse. */
export class PickerFlagError extends Error {}

/** As Go's flags are read. */
function booleanOf(flag: string, text: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  throw new PickerFlagError(`--${flag}: ${JSON.stringify(text)} is neither true nor false`);
}

function metricsSourceParameters(flags: Readonly<Record<string, string>>): Parameters {
  return Object.fromEntries(
    Object.entries(metricsSourceFlags).flatMap(([flag, name]) => {
      const value = flags[flag];
      if (name === null || value === undefined || value === '') return [];
      return [[name, name === 'insecureSkipVerify' ? booleanOf(flag, value) : value]];
    }),
  );
}

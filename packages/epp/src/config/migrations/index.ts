import { type ConfigDocument, renameType } from './document.ts';
import { forTokenizerSidecar, metricFlags, toVersion07, withMetricNames } from './to-0.7.ts';
import { toVersion09 } from './to-0.9.ts';
import { metricsSourceFlags, toVersion10 } from './to-0.10.ts';
import { isAtLeast, parseVersion, type Version } from './version.ts';

export {
  type ConfigDocument,
  type DocumentPlugin,
  hasPlugin,
  readConfigDocument,
  writeConfigDocument,
} from './document.ts';
export { PickerFlagError } from './to-0.10.ts';

export interface MigrationOptions {
  /** Version of llm-d that the picker speaks, such as `0.10.0`; empty text is older than every migration. */
  readonly version: string;
  /** Flags of the picker by name, without dashes: some of them live in the file now. */
  readonly flags: Readonly<Record<string, string>>;
  /** A container of the picker's pod is the tokenizer, as up to 0.8. */
  readonly hasTokenizerSidecar: boolean;
  /** Where the tokenizer answers; null where none is deployed. */
  readonly tokenizerUrl: string | null;
}

/** The version of the picker is not three numbers. */
export class PickerVersionError extends Error {}

/** Rewrites a configuration of an older generation for the picker that will read it (control-plane 10.3). */
export function migrateConfigDocument(document: ConfigDocument, options: MigrationOptions): ConfigDocument {
  const version = versionOf(options.version);
  const start = options.hasTokenizerSidecar ? forTokenizerSidecar(document) : document;
  return steps
    .filter(({ since }) => isAtLeast(version, since))
    .reduce((migrated, { migrate }) => migrate(migrated, options), start);
}

/** Flags that a picker of this version does not know any more; true: their values move into the file. */
export function removedFlags(versionText: string): ReadonlyMap<string, boolean> {
  const version = versionOf(versionText);
  const removed = new Map<string, boolean>();
  if (isAtLeast(version, [0, 7, 0])) for (const flag of Object.keys(metricFlags)) removed.set(flag, true);
  if (isAtLeast(version, [0, 10, 0])) {
    for (const [flag, parameter] of Object.entries(metricsSourceFlags)) removed.set(flag, parameter !== null);
  }
  return removed;
}

/** Whether the tokenizer of the picker's pod is of no use to a picker of this version. */
export function isTokenizerSidecarObsolete(versionText: string): boolean {
  return isAtLeast(versionOf(versionText), [0, 9, 0]);
}

interface Step {
  readonly since: Version;
  readonly migrate: (document: ConfigDocument, options: MigrationOptions) => ConfigDocument;
}

const steps: readonly Step[] = [
  {
    since: [0, 7, 0],
    migrate: (document, { flags }) => withMetricNames(toVersion07(document), flags),
  },
  {
    since: [0, 8, 0],
    migrate: (document) => renameType(document, 'model-server-protocol-metrics', 'core-metrics-extractor'),
  },
  { since: [0, 9, 0], migrate: (document, { tokenizerUrl }) => toVersion09(document, tokenizerUrl) },
  { since: [0, 10, 0], migrate: (document, { flags }) => toVersion10(document, flags) },
];

function versionOf(text: string): Version {
  if (text === '') return [0, 0, 0];
  const version = parseVersion(text);
  if (version === null) throw new PickerVersionError(`"${text}" is not a version such as 0.10.0`);
  return version;
}

import { fieldErrorText } from '@weir/api/meta';
import { mainContainer, schedulerVersionAnnotation } from '@weir/api/serving';
import type { Container } from '@weir/api/workloads';
import { canonicalJson } from '@weir/core/hash';
import {
  type ConfigDocument,
  hasPlugin,
  isNotBuilt,
  isTokenizerSidecarObsolete,
  migrateConfigDocument,
  PickerFlagError,
  PickerVersionError,
  readConfigDocument,
  removedFlags,
  resolveConfig,
  writeConfigDocument,
} from '@weir/epp/config';
import { takeFlags } from './container-flags.ts';
import { defaultSchedulerConfig } from './default-scheduler-config.ts';
import type { DesiredInput, PartResult } from './input.ts';
import { type ConfigSource, configSource } from './scheduler-config-source.ts';
import { tokenizerUrl } from './tokenizer.ts';

export type SchedulerConfig =
  /** Nothing is known that could replace what runs. */
  | { readonly type: 'unreadable'; readonly message: string }
  | {
      readonly type: 'ready';
      /** The picker's containers with the configuration in their arguments. */
      readonly containers: readonly Container[];
      /** What is wrong with the configuration; a picker of somebody else may run it all the same. */
      readonly problem: string | null;
      readonly warnings: NonNullable<PartResult['warnings']>;
    };

/** Container of a picker's pod that tokenized for it, up to version 0.8. */
export const tokenizerSidecar = 'tokenizer';

/**
 * The picker's containers with their configuration: the typed one, the referenced one, that of the template's own
 * arguments, else the default. Always made anew, so that whatever changes in the spec reaches the picker.
 */
export function schedulerConfig(input: DesiredInput): SchedulerConfig {
  const source = configSource(input);
  if (source.type === 'unreadable') return source;
  try {
    return configure(input, source);
  } catch (error) {
    if (error instanceof PickerFlagError) {
      return {
        type: 'unreadable',
        message: `spec.router.scheduler.template: ${error.message} — correct or remove it`,
      };
    }
    if (!(error instanceof PickerVersionError)) throw error;
    const at = `spec.router.scheduler.annotations[${schedulerVersionAnnotation}]`;
    return { type: 'unreadable', message: `${at}: ${error.message} — correct or remove it` };
  }
}

function configure(
  input: DesiredInput,
  source: Exclude<ConfigSource, { type: 'unreadable' }>,
): SchedulerConfig {
  const { template, annotations } = input.spec.router?.scheduler ?? {};
  const version = annotations?.[schedulerVersionAnnotation] ?? '';
  const removed = removedFlags(version);
  const { containers, flags } = takeFlags(template?.containers ?? [], new Set(removed.keys()));
  const original = documentOf(input, source);
  if (original === null) {
    const moved = Object.keys(flags).filter((flag) => removed.get(flag) === true);
    if (moved.length > 0) return cannotMove(moved, source);
    return ready(input, containers, 'text' in source ? source.text : null, source);
  }
  const hasSidecar = containers.some(({ name }) => name === tokenizerSidecar);
  const document = migrateConfigDocument(original, {
    version,
    flags,
    hasTokenizerSidecar: hasSidecar,
    tokenizerUrl: tokenizerUrl(input),
  });
  const keepsSidecar =
    !isTokenizerSidecarObsolete(version) || hasPlugin(original, 'precise-prefix-cache-scorer');
  const kept = keepsSidecar ? containers : containers.filter(({ name }) => name !== tokenizerSidecar);
  const isUnchanged = 'text' in source && canonicalJson(document) === canonicalJson(original);
  // A text that says the right thing already keeps its comments.
  return ready(input, kept, isUnchanged ? source.text : writeConfigDocument(document), source);
}

function documentOf(input: DesiredInput, source: ConfigSource): ConfigDocument | null {
  if (source.type === 'default') return defaultSchedulerConfig(input);
  return 'text' in source ? readConfigDocument(source.text) : null;
}

function ready(
  input: DesiredInput,
  containers: readonly Container[],
  text: string | null,
  source: Exclude<ConfigSource, { type: 'unreadable' }>,
): SchedulerConfig {
  const written = 'text' in source ? source.text : null;
  return {
    type: 'ready',
    containers: containers.map((container) =>
      container.name === mainContainer && text !== null ? source.place(container, text) : container,
    ),
    problem: written === null ? null : problemOf(written, 'path' in source ? source.path : ''),
    warnings: written === null ? [] : warningsAbout(written, input),
  };
}

function warningsAbout(text: string, input: DesiredInput): NonNullable<PartResult['warnings']> {
  const names = (plugin: string): boolean => new RegExp(`\\b${plugin}\\b`).test(text);
  const isReferenced = input.spec.router?.scheduler?.config?.ref !== undefined;
  const deprecated = {
    reason: 'DeprecatedPlugin',
    message:
      'plugin precise-prefix-cache-scorer was split up — use token-producer, precise-prefix-cache-producer and prefix-cache-scorer',
  };
  const withoutPredictor = {
    reason: 'LatencyPredictorConfigRef',
    message:
      'plugin predicted-latency-producer needs the containers of the latency predictor, which a ConfigMap does not bring — name it in spec.router.scheduler.config.inline, or add them to spec.router.scheduler.template',
  };
  return [
    ...(names('precise-prefix-cache-scorer') && tokenizerUrl(input) !== null ? [deprecated] : []),
    ...(isReferenced && names('predicted-latency-producer') ? [withoutPredictor] : []),
  ];
}

/** What llm-d has and ours has not built yet is no defect of the text. */
function problemOf(text: string, path: string): string | null {
  const errors = resolveConfig(text).errors.filter((error) => !isNotBuilt(error));
  if (errors.length === 0) return null;
  return errors
    .map((error) => fieldErrorText({ ...error, path: error.path === '' ? path : `${path}.${error.path}` }))
    .join('; ');
}

function cannotMove(flags: readonly string[], source: ConfigSource): SchedulerConfig {
  const shown = flags.map((flag) => `--${flag}`).join(', ');
  const place = 'path' in source ? source.path : 'the configuration file of the template';
  return {
    type: 'unreadable',
    message:
      `${shown} of spec.router.scheduler.template must become parameters of the configuration, but ${place} ` +
      'cannot be rewritten — write them there and remove the flags',
  };
}

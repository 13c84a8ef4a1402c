import type { ValidationLevel } from '@weir/api/serving';
import { cliErrors } from '../errors.ts';

/** How presets are called, pinned and protected. */
export interface ServingSettings {
  readonly configPrefix: string;
  readonly pinsConfigNames: boolean;
  readonly preventsDeletion: boolean;
}

/** From variables with KServe's names, which every role reads alike. */
export function servingSettings(env: NodeJS.ProcessEnv): ServingSettings {
  return {
    configPrefix: env.LLM_INFERENCE_SERVICE_CONFIG_PREFIX || 'kserve-',
    pinsConfigNames: env.LLM_INFERENCE_SERVICE_VERSIONED_CONFIG !== 'false',
    preventsDeletion: env.PREVENT_WELL_KNOWN_CONFIG_DELETION !== 'false',
  };
}

const levels: readonly ValidationLevel[] = ['default', 'strict', 'kserve'];

/** The flag `--validation`. */
export function parseValidationLevel(text: string): ValidationLevel {
  const level = levels.find((one) => one === text);
  if (level === undefined)
    throw cliErrors.USAGE({ problem: `--validation: "${text}" is none of ${levels.join(', ')}` });
  return level;
}

export const validationHelp =
  'default: refuse what cannot run; strict: also defects of a scheduler config; kserve: warn where KServe refuses nothing';

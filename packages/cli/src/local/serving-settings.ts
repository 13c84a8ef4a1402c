import { readFileSync } from 'node:fs';
import type { ValidationLevel } from '@weir/api/serving';
import { cliErrors } from '../errors.ts';

/** How presets are called, pinned and protected, and what the hosts of a cluster are called. */
export interface ServingSettings {
  readonly configPrefix: string;
  readonly pinsConfigNames: boolean;
  readonly preventsDeletion: boolean;
  readonly wildcardHostname: string;
  readonly clusterDomain: string;
}

/** From variables with KServe's names, which every role reads alike. */
export function servingSettings(
  env: NodeJS.ProcessEnv,
  resolvConf: string = readResolvConf(),
): ServingSettings {
  return {
    configPrefix: env.LLM_INFERENCE_SERVICE_CONFIG_PREFIX || 'kserve-',
    pinsConfigNames: env.LLM_INFERENCE_SERVICE_VERSIONED_CONFIG !== 'false',
    preventsDeletion: env.PREVENT_WELL_KNOWN_CONFIG_DELETION !== 'false',
    wildcardHostname: env.GATEWAY_API_WILDCARD_HOSTNAME || 'inference',
    clusterDomain: searchDomain(resolvConf) ?? (env.CLUSTER_DOMAIN || 'cluster.local'),
  };
}

/** Pods look names up in `svc.` and the domain of their cluster. */
function searchDomain(resolvConf: string): string | undefined {
  const searches = resolvConf.split('\n').filter((line) => line.startsWith('search'));
  const domains = searches.flatMap((line) => line.split(/\s+/).slice(1));
  return domains
    .find((domain) => domain.startsWith('svc.'))
    ?.slice('svc.'.length)
    .replace(/\.$/, '');
}

function readResolvConf(): string {
  try {
    return readFileSync('/etc/resolv.conf', 'utf8');
  } catch {
    return '';
  }
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

import { childName } from '@weir/api/meta';
import {
  childSuffixes,
  type LLMInferenceService,
  type PartialPodSpec,
  routingSidecarContainer,
} from '@weir/api/serving';
import type { ServiceAccount } from '@weir/api/workloads';
import type { DesiredInput } from './input.ts';
import { nameOf, namespaceOf } from './metadata.ts';
import type { Workload } from './topology.ts';

/** The identity of the pods of one workload. */
export interface PodAccount {
  /** Absent: the namespace's `default`. */
  readonly name: string | undefined;
  /** Made by the controller, not by the user. */
  readonly isGenerated: boolean;
}

const defaultAccount = 'default';

/** A user's account wins; groups and pods with a routing sidecar, which reads the pool, get one of their own. */
export function podAccount(service: LLMInferenceService, workload: Workload): PodAccount {
  const { template, worker } = workload.spec;
  const named = template?.serviceAccountName || worker?.serviceAccountName || undefined;
  const own = generatedAccount(service, workload);
  if (named !== undefined && named !== own) return { name: named, isGenerated: false };
  return { name: own, isGenerated: own !== undefined };
}

function generatedAccount(service: LLMInferenceService, workload: Workload): string | undefined {
  const { role, isMultiNode, spec } = workload;
  if (isMultiNode) return workload.name;
  if (role === 'prefill' || !hasRoutingSidecar(spec.template)) return undefined;
  return childName(nameOf(service), childSuffixes.workload);
}

export function hasRoutingSidecar(template: PartialPodSpec | undefined): boolean {
  return (template?.initContainers ?? []).some(({ name }) => name === routingSidecarContainer);
}

/** A ServiceAccount that the user names must be there: pods would wait for it without a word. */
export function missingAccount(input: DesiredInput, workload: Workload): string | null {
  const { name, isGenerated } = podAccount(input.service, workload);
  if (name === undefined || isGenerated || findAccount(input, name) !== undefined) return null;
  const field = workload.spec.template?.serviceAccountName ? 'template' : 'worker';
  return missingMessage(input.service, name, `${workload.path}.${field}`);
}

/** The same for the pods of the picker. */
export function missingPickerAccount(input: DesiredInput): string | null {
  const { name, isGenerated } = pickerAccountOf(input);
  if (isGenerated || findAccount(input, name) !== undefined) return null;
  return missingMessage(input.service, name, 'spec.router.scheduler.template');
}

function missingMessage(service: LLMInferenceService, name: string, template: string): string {
  return (
    `ServiceAccount ${namespaceOf(service)}/${name}, named by ${template}.serviceAccountName of ` +
    `${nameOf(service)}, does not exist — create it or remove the field`
  );
}

/** The account whose secrets hold the credentials of the workload's downloads; generated ones copy the default's. */
export function credentialsAccount(input: DesiredInput, workload: Workload): ServiceAccount | undefined {
  const { name, isGenerated } = podAccount(input.service, workload);
  return accountNamed(input, isGenerated ? undefined : name);
}

/** What generated accounts take over, from the namespace's default where no other is given: image pulls and downloads need it. */
export function inheritedSecrets(
  input: DesiredInput,
  source: ServiceAccount | undefined = findAccount(input, defaultAccount),
): Pick<ServiceAccount, 'secrets' | 'imagePullSecrets'> {
  const { secrets = [], imagePullSecrets = [] } = source ?? {};
  return {
    ...(secrets.length === 0 ? {} : { secrets }),
    ...(imagePullSecrets.length === 0 ? {} : { imagePullSecrets }),
  };
}

/** A picker's account that is generated takes over what the engines' has, else the default's secrets. */
export function pickerAccountSource(input: DesiredInput): ServiceAccount | undefined {
  const engines = input.spec.template?.serviceAccountName;
  return engines === undefined ? undefined : findAccount(input, engines);
}

/** The name of the picker's account, and whether it is the controller's to make. */
export function pickerAccountOf({ service, spec }: DesiredInput): { name: string; isGenerated: boolean } {
  const own = childName(nameOf(service), childSuffixes.schedulerAccount);
  const name = spec.router?.scheduler?.template?.serviceAccountName ?? own;
  return { name, isGenerated: name === own };
}

/** The account whose secrets hold the credentials of downloads for the picker. */
export function pickerCredentials(input: DesiredInput): ServiceAccount | undefined {
  const { name, isGenerated } = pickerAccountOf(input);
  const account = isGenerated ? pickerAccountSource(input) : findAccount(input, name);
  return account ?? findAccount(input, defaultAccount);
}

/** The account of pods that name one, or none. */
function accountNamed(input: DesiredInput, name: string | undefined): ServiceAccount | undefined {
  return findAccount(input, name || defaultAccount);
}

function findAccount({ service, observed }: DesiredInput, name: string): ServiceAccount | undefined {
  const namespace = namespaceOf(service);
  return observed.serviceAccounts.find(
    ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
  );
}

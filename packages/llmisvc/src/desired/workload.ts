import type { KubeObject } from '@weir/api/meta';
import { storageInitializerContainer } from '@weir/api/serving';
import type { Deployment } from '@weir/api/workloads';
import { WeirError } from '@weir/core/errors';
import { missingAccount } from './accounts.ts';
import { buildDeployment } from './deployment.ts';
import type { DesiredInput, Part, PartResult } from './input.ts';
import { buildLeaderWorkerSet } from './leader-worker-set.ts';
import { liveObject } from './live-object.ts';
import { isServed } from './missing-kinds.ts';
import { bothTopologies, type Workload, workloadsOf } from './topology.ts';

/** The engines: the only workload, or the decode side where there is a prefill side. */
export const mainWorkload: Part = (input) => partOf(input, workloadsOf(input.service, input.spec)[0]);

/** The engines that compute prompts for the main workload. */
export const prefillWorkload: Part = (input) => {
  const prefill = workloadsOf(input.service, input.spec)[1];
  return prefill === undefined ? null : partOf(input, prefill);
};

function partOf(input: DesiredInput, workload: Workload): PartResult {
  const missing = missingAccount(input, workload);
  if (missing !== null) return impossible(input, workload, missing);
  try {
    const object = build(input, workload);
    return {
      failure: failureOf(workload),
      apply: [{ kind: workload.kind, object, recreate: recreationOf(input, workload, object) }],
      warnings: overriddenInitializers(workload),
      // Single pods serve on until groups can be made.
      keep: isServed(input.observed, workload.kind) ? [] : bothTopologies(input.service, workload.role),
    };
  } catch (error) {
    // A model that cannot be attached; anything else is a defect.
    if (error instanceof WeirError) return impossible(input, workload, error.message);
    throw error;
  }
}

/** A new Deployment adopts the pods of the old one that it selects; a new LeaderWorkerSet knows none of another. */
function recreationOf(input: DesiredInput, workload: Workload, object: KubeObject): 'Background' | 'Orphan' {
  if (workload.isMultiNode) return 'Background';
  const live = liveObject(input, workload) as { spec?: Partial<Deployment['spec']> } | undefined;
  const labels = live?.spec?.template?.metadata?.labels ?? {};
  const selected = Object.entries((object as Deployment).spec?.selector.matchLabels ?? {});
  const isAdopted = live === undefined || selected.every(([key, value]) => labels[key] === value);
  return isAdopted ? 'Orphan' : 'Background';
}

function build(input: DesiredInput, workload: Workload): KubeObject {
  return workload.isMultiNode ? buildLeaderWorkerSet(input, workload) : buildDeployment(input, workload);
}

/** What runs keeps running: nothing is known that could replace it, in either topology. */
function impossible({ service }: DesiredInput, workload: Workload, message: string): PartResult {
  const { condition: type, failureReason: reason, role } = workload;
  return {
    failure: failureOf(workload),
    apply: [],
    keep: bothTopologies(service, role),
    conditions: [{ type, status: 'False', reason, message }],
  };
}

/** Arguments that a user gives the storage initializer cannot hold: they say what to download. */
function overriddenInitializers({ spec, path }: Workload): PartResult['warnings'] & object {
  return (['template', 'worker'] as const).flatMap((field) => {
    const own = spec[field]?.initContainers?.find(({ name }) => name === storageInitializerContainer);
    if (own?.args === undefined && own?.command === undefined) return [];
    const message = `${path}.${field}.initContainers[${own.name}]: command and args are the controller's own and were not used`;
    return [{ reason: 'StorageInitializerOverride', message }];
  });
}

function failureOf({ condition, failureReason }: Workload): PartResult['failure'] {
  return { condition, reason: failureReason };
}

import { keyOf, keyText, type ObjectRef } from '@weir/api/meta';
import { caBundle } from './ca-bundle.ts';
import { certificates } from './certificates.ts';
import { deviceClaimTemplate } from './device-claim.ts';
import { inferencePool } from './inference-pool.ts';
import { ingress } from './ingress.ts';
import type { Desired, DesiredInput, Part } from './input.ts';
import { withoutMissingKinds } from './missing-kinds.ts';
import { objectives } from './objectives.ts';
import { schedulerAccess } from './rbac.ts';
import { router } from './router.ts';
import { prefillScaling, scaling } from './scaling.ts';
import { scheduler } from './scheduler.ts';
import { workloadService } from './services.ts';
import { tokenizer } from './tokenizer.ts';
import { mainWorkload, prefillWorkload } from './workload.ts';
import { workloadAccess } from './workload-access.ts';

export { backendsOf, pathsTo } from './ingress.ts';
export type {
  CertificateSpec,
  ConditionPatch,
  Desired,
  DesiredChild,
  DesiredInput,
  Observed,
  ObservedChild,
  PartResult,
} from './input.ts';
export { isRoutable, modelsOf, routingGroup } from './routing-group.ts';
export { hasManagedScheduler } from './scheduler.ts';
export { type Workload, workloadsOf } from './topology.ts';

/** Everything a service consists of, in the order it is written. */
const parts: readonly Part[] = [
  caBundle,
  certificates,
  workloadAccess,
  deviceClaimTemplate,
  mainWorkload,
  prefillWorkload,
  workloadService,
  scaling,
  prefillScaling,
  schedulerAccess,
  tokenizer,
  scheduler,
  inferencePool,
  objectives,
  router,
  ingress,
];

/** What must exist for a service, and which of its children must not any more. */
export function computeDesired(input: DesiredInput): Desired {
  const results = parts.flatMap((part) => part(input) ?? []).map((part) => withoutMissingKinds(part, input));
  const wanted = new Set(
    results.flatMap((result) => [
      ...result.apply.map(({ kind, object }) => identity({ kind, ...keyOf(object) })),
      ...(result.keep ?? []).map(identity),
      ...(result.generate ?? []).map(({ secret }) => identityOfSecret(keyText(keyOf(secret)))),
    ]),
  );
  return { parts: results, remove: childRefs(input).filter((ref) => !wanted.has(identity(ref))) };
}

/** A stopped or deleted service wants none of its children. */
export function computeNothing(input: Pick<DesiredInput, 'observed'>): Desired {
  return { parts: [], remove: childRefs(input) };
}

function childRefs({ observed }: Pick<DesiredInput, 'observed'>): ObjectRef[] {
  return observed.children
    .filter(({ isShared }) => isShared !== true)
    .map(({ kind, object }) => ({ kind, ...keyOf(object) }));
}

function identity(ref: ObjectRef): string {
  return `${ref.kind.group}/${ref.kind.plural}/${keyText(ref)}`;
}

function identityOfSecret(key: string): string {
  return `/secrets/${key}`;
}

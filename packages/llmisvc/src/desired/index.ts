import { keyOf, keyText, type ObjectRef } from '@weir/api/meta';
import { certificates } from './certificates.ts';
import { inferencePool } from './inference-pool.ts';
import type { Desired, DesiredInput, Part } from './input.ts';
import { withoutMissingKinds } from './missing-kinds.ts';
import { schedulerAccess } from './rbac.ts';
import { router } from './router.ts';
import { scheduler } from './scheduler.ts';
import { workloadService } from './services.ts';
import { workload } from './workload.ts';

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

/** Everything a service consists of, in the order it is written. */
const parts: readonly Part[] = [
  certificates,
  workload,
  workloadService,
  schedulerAccess,
  scheduler,
  inferencePool,
  router,
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
  return observed.children.map(({ kind, object }) => ({ kind, ...keyOf(object) }));
}

function identity(ref: ObjectRef): string {
  return `${ref.kind.group}/${ref.kind.plural}/${keyText(ref)}`;
}

function identityOfSecret(key: string): string {
  return `/secrets/${key}`;
}

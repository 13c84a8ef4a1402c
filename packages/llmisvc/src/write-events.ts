import { keyOf, keyText, type ObjectRef } from '@weir/api/meta';
import type { LLMInferenceService } from '@weir/api/serving';
import type { AppliedObject, EventRecorder } from '@weir/kube';

/** One event per pass for each of what was created, updated and deleted, naming all objects. */
export async function recordWrites(
  recorder: Pick<EventRecorder, 'record'>,
  service: LLMInferenceService,
  {
    applied,
    deleted,
  }: { readonly applied: readonly AppliedObject[]; readonly deleted: readonly ObjectRef[] },
): Promise<void> {
  const namesOf = (outcome: AppliedObject['outcome']): string[] =>
    applied
      .filter((one) => one.outcome === outcome)
      .map(({ kind, object }) => `${kind.kind} ${keyText(keyOf(object))}`);
  const names = {
    Created: namesOf('created'),
    Updated: namesOf('updated'),
    Deleted: deleted.map((ref) => `${ref.kind.kind} ${keyText(ref)}`),
  };
  for (const [reason, objects] of Object.entries(names)) {
    if (objects.length > 0)
      await recorder.record(service, 'Normal', reason, `${reason} ${objects.join(', ')}`);
  }
}

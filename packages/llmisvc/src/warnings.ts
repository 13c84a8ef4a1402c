import type { LLMInferenceService } from '@weir/api/serving';
import { shortHash } from '@weir/core/hash';
import type { EventRecorder } from '@weir/kube';
import type { Desired } from './desired/index.ts';

const nothing: ReadonlySet<string> = new Set();

/** Tells what works and deserves a word all the same, as events: once, and again only after it changed. */
export class WarningTeller {
  readonly #recorder: Pick<EventRecorder, 'record'>;
  /** Hashes of what was told last, by uid of the service. */
  readonly #told = new Map<string, ReadonlySet<string>>();

  constructor(recorder: Pick<EventRecorder, 'record'>) {
    this.#recorder = recorder;
  }

  async tell(service: LLMInferenceService, { parts }: Pick<Desired, 'parts'>): Promise<void> {
    const warnings = parts
      .flatMap((part) => part.warnings ?? [])
      .map((warning) => ({ ...warning, hash: shortHash(warning) }));
    const hashes = new Set(warnings.map(({ hash }) => hash));
    const uid = service.metadata.uid ?? '';
    const before = this.#told.get(uid) ?? (wasReconciled(service) ? hashes : nothing);
    this.#told.set(uid, hashes.size === 0 ? nothing : hashes);
    for (const { reason, message, hash } of warnings) {
      if (!before.has(hash)) await this.#recorder.record(service, 'Warning', reason, message);
    }
  }

  forget(service: LLMInferenceService): void {
    this.#told.delete(service.metadata.uid ?? '');
  }
}

/** Whoever wrote the status has told the warnings of this generation, if only before this process was started. */
function wasReconciled({ metadata, status }: LLMInferenceService): boolean {
  return status?.observedGeneration !== undefined && status.observedGeneration === metadata.generation;
}

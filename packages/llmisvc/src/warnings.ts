import type { LLMInferenceService } from '@weir/api/serving';
import type { EventRecorder } from '@weir/kube';
import type { Desired } from './desired/index.ts';

/** Tells what works and deserves a word all the same, as events: once, and again only after it changed. */
export class WarningTeller {
  readonly #recorder: Pick<EventRecorder, 'record'>;
  readonly #told = new Map<string, ReadonlySet<string>>();

  constructor(recorder: Pick<EventRecorder, 'record'>) {
    this.#recorder = recorder;
  }

  async tell(service: LLMInferenceService, { parts }: Pick<Desired, 'parts'>): Promise<void> {
    const uid = service.metadata.uid ?? '';
    const before = this.#told.get(uid) ?? new Set();
    const warnings = parts.flatMap((part) => part.warnings ?? []);
    if (warnings.length === 0) this.#told.delete(uid);
    else this.#told.set(uid, new Set(warnings.map(({ reason, message }) => `${reason}: ${message}`)));
    for (const { reason, message } of warnings) {
      if (before.has(`${reason}: ${message}`)) continue;
      await this.#recorder.record(service, 'Warning', reason, message);
    }
  }
}

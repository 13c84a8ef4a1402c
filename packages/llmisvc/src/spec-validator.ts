import { keyText, type ObjectKey } from '@weir/api/meta';
import { type LLMInferenceService, validatedSpecAnnotation } from '@weir/api/serving';
import { shortHash } from '@weir/core/hash';
import { type Client, isKubeError } from '@weir/kube';
import type { Combined } from './config/combine.ts';
import { serviceKey } from './observe.ts';
import { type RenderedVerdict, validateRendered } from './validate-rendered.ts';

/** What could not be told last. */
interface Failure {
  readonly code: number;
  readonly combined: Combined;
  readonly spec: string;
}

interface Judgement extends RenderedVerdict {
  /** When the server is to be asked again although nothing happens; in milliseconds. */
  readonly againMs?: number;
}

/** Definitions, webhooks and policies that refused a spec may be mended, and nobody tells. */
const refusedRetryMs = 300_000;

/**
 * Has merged specs judged once each. What the API server took is noted as a hash in the status, so that neither a
 * further pass nor a new process asks again. What it refused is asked again at the next event, or after a while.
 */
export class SpecValidator {
  readonly #client: Pick<Client, 'create'>;
  /** By service, while it cannot be told. */
  readonly #failures = new Map<string, Failure>();

  constructor(client: Pick<Client, 'create'>) {
    this.#client = client;
  }

  async validate(service: LLMInferenceService, combined: Combined, signal: AbortSignal): Promise<Judgement> {
    if (combined.type === 'failed') return { combined, unavailable: null };
    const spec = shortHash(combined.spec);
    const isKnown = service.status?.annotations?.[validatedSpecAnnotation] === spec;
    const verdict = isKnown
      ? { combined, unavailable: null }
      : await validateRendered(this.#client, service, combined, signal);
    if (verdict.unavailable !== null) return this.#asBefore(service, spec, verdict, verdict.unavailable);
    this.forget(serviceKey(service));
    if (verdict.combined.type === 'failed') return { ...verdict, againMs: refusedRetryMs };
    return { ...verdict, combined: { ...verdict.combined, validated: spec } };
  }

  forget(key: ObjectKey): void {
    this.#failures.delete(keyText(key));
  }

  /**
   * Failures of one kind are told in the words of the first. They may name ports and counts that differ each time, and
   * every change of the status brings the service back at once instead of after its back-off.
   */
  #asBefore(
    service: LLMInferenceService,
    spec: string,
    verdict: RenderedVerdict,
    error: Error,
  ): RenderedVerdict {
    const key = keyText(serviceKey(service));
    const code = isKubeError(error) ? error.code : 0;
    const known = this.#failures.get(key);
    if (known?.code === code && known.spec === spec) return { ...verdict, combined: known.combined };
    this.#failures.set(key, { code, combined: verdict.combined, spec });
    return verdict;
  }
}

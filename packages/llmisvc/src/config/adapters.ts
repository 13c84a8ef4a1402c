import type { LLMInferenceServiceSpec } from '@weir/api/serving';
import { WeirError } from '@weir/core/errors';
import { checkAdapterUri } from '@weir/storage/attach';

/** Why the adapters of a merged spec cannot be brought to the engines; null where they can. */
export function adapterProblem({ model, storageInitializer }: LLMInferenceServiceSpec): string | null {
  const adapters = model?.lora?.adapters ?? [];
  if (adapters.length === 0) return null;
  if (storageInitializer?.enabled === false) {
    const names = adapters.map(({ name }) => name).join(', ');
    return `spec.storageInitializer.enabled: false brings no adapters, but spec.model.lora.adapters names ${names} — remove one of the two`;
  }
  try {
    for (const { name = '', uri = '' } of adapters) checkAdapterUri({ name, uri });
    return null;
  } catch (error) {
    if (error instanceof WeirError) return `spec.model.lora.adapters: ${error.message}`;
    throw error;
  }
}

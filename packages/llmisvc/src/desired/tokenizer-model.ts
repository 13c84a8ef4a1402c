import type { ObjectRef } from '@weir/api/meta';
import type { PodSpec } from '@weir/api/workloads';
import { attachModel } from '@weir/storage/attach';
import { pickerCredentials } from './accounts.ts';
import type { DesiredInput } from './input.ts';
import { liveInitializer } from './live-initializer.ts';
import { attachSettings } from './storage-settings.ts';

/** Where tokenizers look for the model. */
const tokenizerModelPath = '/mnt/models/base';
/** All that a tokenizer reads of a model; weights stay where they are. */
const tokenizerFiles = ['*.json', '*.jinja', '*.model', '*.tiktoken', '*.txt'];

interface Tokenizing {
  /** The container that tokenizes. */
  readonly container: string;
  readonly deployment: Pick<ObjectRef, 'kind' | 'name'>;
}

/** The pod with what a tokenizer reads of the model. Throws a `WeirError` where the model cannot be attached. */
export function withTokenizerModel(
  input: DesiredInput,
  pod: PodSpec,
  { container, deployment }: Tokenizing,
): PodSpec {
  if (input.spec.storageInitializer?.enabled === false) return pod;
  const live = liveInitializer(input, deployment);
  const settings = attachSettings(input, { account: pickerCredentials(input), pod, live });
  const patterns = { name: 'STORAGE_ALLOW_PATTERNS', value: JSON.stringify(tokenizerFiles) };
  const env = [...(settings.initializer.env ?? []), patterns];
  return attachModel(pod, {
    ...settings,
    path: tokenizerModelPath,
    container,
    initializer: { ...settings.initializer, env },
  });
}

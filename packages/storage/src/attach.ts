import type { PodSpec } from '@weir/api/workloads';
import { attachmentOf } from './schemes/attachments.ts';
import type { AttachOptions } from './schemes/definition.ts';

export { initializerName, provisionVolume } from './schemes/attach-with-initializer.ts';
export { supportedSchemes } from './schemes/attachments.ts';
export type { AttachOptions, InitializerOptions } from './schemes/definition.ts';

/** Brings a model into a pod the way its scheme asks for. Throws a `WeirError` for a URI that cannot be served. */
export function attachModel(pod: PodSpec, options: AttachOptions): PodSpec {
  const { path = '/mnt/models', container = 'main' } = options;
  return attachmentOf(options.uri).attach(pod, { ...options, path, container });
}

/** Checks a URI without using it; throws the same errors as `attachModel`. */
export function checkModelUri(uri: string): void {
  attachmentOf(uri).parse(uri);
}

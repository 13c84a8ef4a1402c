import { type Adapter, attachModel } from '@weir/storage/attach';
import { modelUri } from '../model-source.ts';
import type { PodTemplateStep } from '../pod-template.ts';
import { initializerSettings } from '../storage-settings.ts';

/** Brings the model and its adapters into the pod: an init container that downloads, or volumes that hold them. */
export const storage: PodTemplateStep = (template, context) => {
  const { service, spec, platform, container } = context;
  // The image brings its own model.
  if (spec.storageInitializer?.enabled === false) return template;
  const adapters = (spec.model?.lora?.adapters ?? []).map(
    ({ name = '', uri = '' }): Adapter => ({ name, uri }),
  );
  const { oci } = platform.storage;
  const attached = attachModel(template.spec, {
    uri: modelUri(service, spec),
    container,
    adapters,
    allowLocalFiles: platform.allowLocalFiles,
    initializer: initializerSettings(context),
    ...(oci === undefined ? {} : { oci }),
  });
  return { ...template, spec: attached };
};

import { attachModel } from '@weir/storage/attach';
import type { PodTemplateStep } from '../pod-template.ts';

/** Brings the model into the pod: an init container that downloads it, or the volume that holds it. */
export const storage: PodTemplateStep = (template, { spec, platform, container }) => {
  const { image, cpuRequest, cpuLimit, memoryRequest, memoryLimit } = platform.storageInitializer;
  const attached = attachModel(template.spec, {
    uri: spec.model?.uri ?? '',
    container,
    allowLocalFiles: platform.allowLocalFiles,
    initializer: {
      image,
      resources: {
        requests: { cpu: cpuRequest, memory: memoryRequest },
        limits: { cpu: cpuLimit, memory: memoryLimit },
      },
    },
  });
  return { ...template, spec: attached };
};

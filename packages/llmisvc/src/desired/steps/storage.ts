import { type Adapter, attachModel, initializerName } from '@weir/storage/attach';
import { credentialsAccount } from '../accounts.ts';
import { liveInitializer } from '../live-initializer.ts';
import type { PodTemplate, PodTemplateStep } from '../pod-template.ts';
import { attachSettings } from '../storage-settings.ts';

/** Brings the model and its adapters into the pod: an init container that downloads, or volumes that hold them. */
export const storage: PodTemplateStep = (template, context) => {
  const { spec, workload, container } = context;
  if (spec.storageInitializer?.enabled === false) return withoutCustomisation(template);
  const adapters = (spec.model?.lora?.adapters ?? []).map(
    ({ name = '', uri = '' }): Adapter => ({ name, uri }),
  );
  const downloader = {
    account: credentialsAccount(context, workload),
    pod: template.spec,
    live: liveInitializer(context, workload),
  };
  const attached = attachModel(template.spec, {
    ...attachSettings(context, downloader),
    container,
    adapters,
  });
  return { ...template, spec: attached };
};

/** The image brings its own model. What was said about a download that is not done cannot run by itself. */
function withoutCustomisation(template: PodTemplate): PodTemplate {
  const { initContainers } = template.spec;
  if (initContainers === undefined) return template;
  const kept = initContainers.filter(({ name, image }) => name !== initializerName || image !== undefined);
  return { ...template, spec: { ...template.spec, initContainers: kept } };
}

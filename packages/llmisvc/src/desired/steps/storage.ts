import type { Container, PodSpec } from '@weir/api/workloads';
import { type Adapter, attachModel, initializerName } from '@weir/storage/attach';
import { credentialsAccount } from '../accounts.ts';
import type { PodTemplateContext, PodTemplateStep } from '../pod-template.ts';
import { attachSettings } from '../storage-settings.ts';

/** Brings the model and its adapters into the pod: an init container that downloads, or volumes that hold them. */
export const storage: PodTemplateStep = (template, context) => {
  const { spec, workload, container } = context;
  // The image brings its own model.
  if (spec.storageInitializer?.enabled === false) return template;
  const adapters = (spec.model?.lora?.adapters ?? []).map(
    ({ name = '', uri = '' }): Adapter => ({ name, uri }),
  );
  const downloader = {
    account: credentialsAccount(context, workload),
    live: liveInitializer(context),
  };
  const attached = attachModel(template.spec, {
    ...attachSettings(context, downloader),
    container,
    adapters,
  });
  return { ...template, spec: attached };
};

interface LiveSpec {
  readonly template?: { readonly spec?: PodSpec };
  readonly leaderWorkerTemplate?: { readonly workerTemplate?: { readonly spec?: PodSpec } };
}

function liveInitializer({ observed, workload }: PodTemplateContext): Container | undefined {
  const live = observed.children.find(
    ({ kind, object }) => kind.plural === workload.kind.plural && object.metadata.name === workload.name,
  );
  const spec = (live?.object as { readonly spec?: LiveSpec } | undefined)?.spec;
  const pod = spec?.template?.spec ?? spec?.leaderWorkerTemplate?.workerTemplate?.spec;
  return pod?.initContainers?.find(({ name }) => name === initializerName);
}

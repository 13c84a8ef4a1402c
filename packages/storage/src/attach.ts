import type { EnvVar, PodSpec } from '@weir/api/workloads';
import { storageErrors } from './errors.ts';
import { adapterPath } from './schemes/adapters.ts';
import {
  attachWithInitializer,
  modelPath,
  provisionVolume,
  withoutInitializer,
} from './schemes/attach-with-initializer.ts';
import { attachmentOf } from './schemes/attachments.ts';
import type { Adapter, Artifact, AttachOptions, ResolvedAttachOptions } from './schemes/definition.ts';
import { withNamed } from './schemes/pod-lists.ts';
import { splitUri } from './schemes/uri.ts';

export { type CredentialsConfig, type CredentialsSource, credentialsOf } from './credentials/index.ts';
export { secretSettingKeys } from './credentials/s3.ts';
export { storageErrors } from './errors.ts';
export { adapterLabel, adapterPath } from './schemes/adapters.ts';
export { initializerName, provisionVolume } from './schemes/attach-with-initializer.ts';
export { supportedSchemes } from './schemes/attachments.ts';
export type { Adapter, AttachOptions, InitializerOptions, OciOptions } from './schemes/definition.ts';

/**
 * Brings a model and its adapters into a pod, each the way its scheme asks for. Throws a `WeirError` for a URI that
 * cannot be served.
 */
export function attachModel(pod: PodSpec, options: AttachOptions): PodSpec {
  const { path = modelPath, container = 'main', adapters = [] } = options;
  const resolved: ResolvedAttachOptions = { ...options, container };
  const artifacts: Artifact[] = [
    { uri: options.uri, path },
    ...[...adapters]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, uri }) => ({ uri, path: adapterPath(name), adapter: name })),
  ];
  for (const artifact of artifacts) {
    checkArtifact(artifact, options);
    refuseTakenPath(pod, artifact, container);
  }
  const downloads = artifacts.filter(({ uri }) => attachmentOf(uri).delivery.type === 'download');
  const provisioned =
    downloads.length === 0
      ? withoutInitializer(pod)
      : attachWithInitializer(pod, downloads, resolved, initializerEnv(downloads, resolved));
  return artifacts.reduce((mounted, artifact) => {
    const { delivery } = attachmentOf(artifact.uri);
    return delivery.mount?.(mounted, artifact, resolved) ?? mounted;
  }, provisioned);
}

/** Checks a URI without using it; throws the same errors as `attachModel`. */
export function checkModelUri(uri: string): void {
  attachmentOf(uri).parse(uri);
}

/** The same for an adapter, which cannot come from everywhere. */
export function checkAdapterUri({ name, uri }: Adapter): void {
  checkModelUri(uri);
  const scheme = splitUri(uri)?.scheme ?? '';
  if (scheme.startsWith('oci')) {
    throw storageErrors.ADAPTER_SCHEME({ uri: uri.slice(0, 200), adapter: name, scheme });
  }
}

function checkArtifact({ uri, adapter }: Artifact, options: AttachOptions): void {
  if (adapter === undefined) checkModelUri(uri);
  else checkAdapterUri({ name: adapter, uri });
  attachmentOf(uri).check?.(uri, options);
}

/** A mount of the user's own would be hidden, or the model would. */
function refuseTakenPath({ containers }: PodSpec, { uri, path }: Artifact, container: string): void {
  const { volumeMounts = [] } = containers.find(({ name }) => name === container) ?? {};
  const taken = volumeMounts.find(({ mountPath, name }) => mountPath === path && name !== provisionVolume);
  if (taken !== undefined) throw storageErrors.PATH_TAKEN({ uri, container, volume: taken.name, path });
}

/** What the schemes want of the initializer. A live one without hub settings stays so, that no pod restarts. */
function initializerEnv(downloads: readonly Artifact[], { initializer }: AttachOptions): EnvVar[] {
  const wanted = downloads.reduce<EnvVar[]>((env, { uri }) => {
    const { delivery } = attachmentOf(uri);
    return delivery.type === 'download' ? withNamed(env, delivery.env) : env;
  }, []);
  const { live } = initializer;
  const isKept = live !== undefined && !(live.env ?? []).some(({ name }) => name.startsWith('HF_'));
  return isKept ? wanted.filter(({ name }) => !name.startsWith('HF_')) : wanted;
}

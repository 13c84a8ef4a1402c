import type {
  Container,
  EnvVar,
  PodSpec,
  ResourceRequirements,
  Volume,
  VolumeMount,
} from '@weir/api/workloads';

/** How a model gets into a pod. */
export interface AttachOptions {
  readonly uri: string;
  /** Where the model is to be; default `/mnt/models`. */
  readonly path?: string;
  /** The container that reads it; default `main`. */
  readonly container?: string;
  /** LoRA adapters, put beside the model under `adapterPath`. */
  readonly adapters?: readonly Adapter[];
  readonly initializer: InitializerOptions;
  /** `file://` is a path of the machine that runs the pods: only where that is the user's own. Default false. */
  readonly allowLocalFiles?: boolean;
  /** How `oci://` images are mounted; absent: refused. */
  readonly oci?: OciOptions;
}

export interface Adapter {
  readonly name: string;
  readonly uri: string;
}

/** Settings of the init container that downloads. */
export interface InitializerOptions {
  readonly image: string;
  readonly resources?: ResourceRequirements;
  /** Credentials and settings; a user's own container of the same name wins. */
  readonly env?: readonly EnvVar[];
  readonly volumes?: readonly Volume[];
  readonly volumeMounts?: readonly VolumeMount[];
  /** The live container: keeps its image and HF_ settings, so that an upgrade restarts no pod. */
  readonly live?: Container;
}

export interface OciOptions {
  /** A container that shares its root, or a volume made of the image, which needs Kubernetes 1.33. */
  readonly mode: 'modelcar' | 'native';
  readonly cpu: string;
  readonly memory: string;
  readonly runAsUser?: number;
}

export type ResolvedAttachOptions = AttachOptions & { readonly container: string };

/** One model or adapter on its way into a pod. */
export interface Artifact {
  readonly uri: string;
  readonly path: string;
  /** Name of the adapter; absent for the model. */
  readonly adapter?: string;
}

type MountArtifact = (pod: PodSpec, artifact: Artifact, options: ResolvedAttachOptions) => PodSpec;

type Delivery =
  /** The storage initializer fetches it, with these settings; `mount` adds what the result refers to. */
  | { readonly type: 'download'; readonly env: readonly EnvVar[]; readonly mount?: MountArtifact }
  /** It is a volume or a container of the pod. */
  | { readonly type: 'mount'; readonly mount: MountArtifact };

/** The pure face of a storage scheme: no effects, so that a controller can use it. */
export interface SchemeAttachment<Source = unknown> {
  /** Names before `://`. */
  readonly schemes: readonly string[];
  /** Checks the form; throws a `WeirError` that shows the right one. */
  readonly parse: (uri: string) => Source;
  /** Whether the URI may be used with these options; throws a `WeirError`. */
  readonly check?: (uri: string, options: AttachOptions) => void;
  readonly delivery: Delivery;
}

/** Mounts a source that was parsed. */
type MountSource<Source> = (
  pod: PodSpec,
  source: Source,
  artifact: Artifact,
  options: ResolvedAttachOptions,
) => PodSpec;

export function defineDownload<Source>(
  face: Pick<SchemeAttachment<Source>, 'schemes' | 'parse' | 'check'> & {
    readonly env?: readonly EnvVar[];
    readonly mountSource?: MountSource<Source>;
  },
): SchemeAttachment<Source> {
  const { env = [], mountSource, ...rest } = face;
  const mount = mountSource === undefined ? {} : { mount: parsed(face, mountSource) };
  return { ...rest, delivery: { type: 'download', env, ...mount } };
}

export function defineMount<Source>(
  face: Pick<SchemeAttachment<Source>, 'schemes' | 'parse'> & { readonly mount: MountSource<Source> },
): SchemeAttachment<Source> {
  const { mount, ...rest } = face;
  return { ...rest, delivery: { type: 'mount', mount: parsed(face, mount) } };
}

function parsed<Source>(
  { parse }: Pick<SchemeAttachment<Source>, 'parse'>,
  mount: MountSource<Source>,
): MountArtifact {
  return (pod, artifact, options) => mount(pod, parse(artifact.uri), artifact, options);
}

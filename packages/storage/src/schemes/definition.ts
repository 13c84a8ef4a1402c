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
  readonly initializer: InitializerOptions;
  /** `file://` is a path of the machine that runs the pods: only where that is the user's own. Default false. */
  readonly allowLocalFiles?: boolean;
}

/** Settings of the init container that downloads. */
export interface InitializerOptions {
  readonly image: string;
  readonly resources?: ResourceRequirements;
  /** Credentials and settings; a user's own container of the same name wins. */
  readonly env?: readonly EnvVar[];
  readonly volumes?: readonly Volume[];
  readonly volumeMounts?: readonly VolumeMount[];
  /** The live container: keeps its HF_ settings as they are, so that an upgrade restarts no pod. */
  readonly live?: Container;
}

export type ResolvedAttachOptions = AttachOptions & { readonly path: string; readonly container: string };

/** The pure face of a storage scheme: no effects, so that a controller can use it. */
export interface SchemeAttachment<Source = unknown> {
  /** Names before `://`. */
  readonly schemes: readonly string[];
  /** Checks the form; throws a `WeirError` that shows the right one. */
  readonly parse: (uri: string) => Source;
  readonly attach: (pod: PodSpec, options: ResolvedAttachOptions) => PodSpec;
}

export function defineAttachment<Source>(face: {
  readonly schemes: readonly string[];
  readonly parse: (uri: string) => Source;
  readonly attach: (pod: PodSpec, source: Source, options: ResolvedAttachOptions) => PodSpec;
}): SchemeAttachment<Source> {
  return { ...face, attach: (pod, options) => face.attach(pod, face.parse(options.uri), options) };
}

import type { PodSpec } from '@weir/api/workloads';
import { storageErrors } from '../../errors.ts';
import {
  type Artifact,
  defineMount,
  type ResolvedAttachOptions,
  type SchemeAttachment,
} from '../definition.ts';
import { mountInto, withVolumes } from '../pod-lists.ts';
import { invalidUri, restOf } from '../uri.ts';
import { attachModelcar } from './modelcar.ts';

export interface ImageSource {
  readonly image: string;
}

const reference =
  /^[A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[a-f0-9]{64})?$/;

/** `oci://registry/repository:tag`: an image with the model under `/models`, mounted as the platform is set up. */
export const imageAttachment: SchemeAttachment<ImageSource> = defineMount({
  schemes: ['oci'],
  parse: parseImage,
  mount: (pod, { image }, artifact, options) => {
    refuseWithoutImages(artifact, options);
    if (options.oci === undefined) throw storageErrors.OCI_DISABLED({ uri: artifact.uri });
    return options.oci.mode === 'native'
      ? mountImage(pod, image, artifact, options)
      : attachModelcar(pod, image, artifact, { ...options, oci: options.oci });
  },
});

/** `oci+native://…`: the same image as a volume, however the platform is set up. */
export const nativeImageAttachment: SchemeAttachment<ImageSource> = defineMount({
  schemes: ['oci+native'],
  parse: parseImage,
  mount: (pod, { image }, artifact, options) => {
    refuseWithoutImages(artifact, options);
    return mountImage(pod, image, artifact, options);
  },
});

/** Pods that may read the files of this machine are its processes, without images. */
function refuseWithoutImages({ uri }: Artifact, { allowLocalFiles }: ResolvedAttachOptions): void {
  if (allowLocalFiles === true) throw storageErrors.NO_IMAGES({ uri });
}

function parseImage(uri: string): ImageSource {
  const image = restOf(uri);
  if (!reference.test(image)) throw invalidUri(uri, 'expected oci://registry/repository:tag');
  return { image };
}

/** A volume made of the image; its `/models` is the model. */
function mountImage(
  pod: PodSpec,
  image: string,
  { path }: Artifact,
  { container }: ResolvedAttachOptions,
): PodSpec {
  const name = path.replace(/^\//, '').replaceAll('/', '-');
  const mount = { name, mountPath: path, subPath: 'models', readOnly: true };
  return {
    ...pod,
    containers: mountInto(pod.containers, container, [mount]),
    volumes: withVolumes(pod.volumes, [{ name, image: { reference: image, pullPolicy: 'IfNotPresent' } }]),
  };
}

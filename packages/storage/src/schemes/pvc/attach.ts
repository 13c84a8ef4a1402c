import { childName } from '@weir/api/meta';
import { adapterLabel } from '../adapters.ts';
import { defineMount, type SchemeAttachment } from '../definition.ts';
import { mountInto, withVolumes } from '../pod-lists.ts';
import { invalidUri, isSafeRelativePath, restOf } from '../uri.ts';

export interface ClaimSource {
  readonly claimName: string;
  /** Inside the volume; empty for all of it. */
  readonly path: string;
}

const modelVolume = 'kserve-pvc-source';

/** `pvc://claim[/path]`: mounted read-only, never copied. */
export const claimAttachment: SchemeAttachment<ClaimSource> = defineMount({
  schemes: ['pvc'],
  parse: (uri) => {
    const rest = restOf(uri);
    const [claimName = '', ...parts] = rest.replace(/\/+$/, '').split('/');
    const path = parts.join('/');
    const isName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(claimName);
    if (!isName || (path !== '' && !isSafeRelativePath(path))) {
      throw invalidUri(uri, 'expected pvc://claim or pvc://claim/path/in/the/volume');
    }
    return { claimName, path: path !== '' && rest.endsWith('/') ? `${path}/` : path };
  },
  mount: (pod, { claimName, path }, artifact, options) => {
    const name =
      artifact.adapter === undefined ? modelVolume : childName('lora-pvc-', adapterLabel(artifact.adapter));
    const mount = {
      name,
      mountPath: artifact.path,
      readOnly: true,
      ...(path === '' ? {} : { subPath: path }),
    };
    return {
      ...pod,
      containers: mountInto(pod.containers, options.container, [mount]),
      volumes: withVolumes(pod.volumes, [{ name, persistentVolumeClaim: { claimName } }]),
    };
  },
});

import { mountInto, withNamed, withoutInitializer } from '../attach-with-initializer.ts';
import { defineAttachment, type SchemeAttachment } from '../definition.ts';
import { invalidUri, isSafeRelativePath, restOf } from '../uri.ts';

export interface ClaimSource {
  readonly claimName: string;
  /** Inside the volume; empty for all of it. */
  readonly path: string;
}

const volumeName = 'kserve-pvc-source';

/** `pvc://claim[/path]`: mounted read-only, never copied. */
export const claimAttachment: SchemeAttachment<ClaimSource> = defineAttachment({
  schemes: ['pvc'],
  parse: (uri) => {
    const rest = restOf(uri);
    const [claimName = '', ...parts] = rest.replace(/\/+$/, '').split('/');
    const path = parts.join('/');
    const isName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(claimName);
    if (!isName || (path !== '' && !isSafeRelativePath(path))) {
      throw invalidUri(uri, 'expected pvc://claim or pvc://claim/path/in/the/volume');
    }
    return { claimName, path };
  },
  attach: (pod, { claimName, path }, options) => {
    const mount = {
      name: volumeName,
      mountPath: options.path,
      readOnly: true,
      ...(path === '' ? {} : { subPath: path }),
    };
    const volume = { name: volumeName, persistentVolumeClaim: { claimName } };
    return {
      ...withoutInitializer(pod),
      containers: mountInto(pod.containers, options.container, mount),
      volumes: withNamed(pod.volumes ?? [], [volume]),
    };
  },
});

import type { Container, Pod, ServiceAccount, Volume } from '@weir/api/workloads';

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const volumeName = 'kube-api-access';
/** The odd seven seconds are Kubernetes' own mark of a token that was added automatically. */
const expirationSeconds = 3607;

/**
 * The pod with the ServiceAccount's token mounted, where an API server's admission has not added it already. A pod
 * that no admission has given an account cannot be bound to a token.
 */
export function withServiceAccountToken(pod: Pod, account: ServiceAccount | undefined): Pod {
  const { spec } = pod;
  const isWanted = spec?.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true;
  if (spec?.serviceAccountName === undefined || spec.serviceAccountName === '' || !isWanted) return pod;
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  if (containers.every(hasTokenMount)) return pod;
  return {
    ...pod,
    spec: {
      ...spec,
      volumes: [...(spec.volumes ?? []), tokenVolume],
      containers: spec.containers.map(addMount),
      ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(addMount) }),
    },
  };
}

const tokenVolume: Volume = {
  name: volumeName,
  projected: {
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ],
  },
};

function addMount(container: Container): Container {
  if (hasTokenMount(container)) return container;
  const mounts = container.volumeMounts ?? [];
  return { ...container, volumeMounts: [...mounts, { name: volumeName, mountPath, readOnly: true }] };
}

function hasTokenMount(container: Container): boolean {
  return (container.volumeMounts ?? []).some((mount) => mount.mountPath === mountPath);
}

import { randomBytes } from 'node:crypto';
import type { Pod, PodSpec, ServiceAccount } from '@weir/api/workloads';
import type { StrategyContext } from './strategy.ts';

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const rootCaConfigMap = 'kube-root-ca.crt';
/** Kubernetes' number: a little over an hour, so that an hourly renewal never comes late. */
const tokenSeconds = 3607;
const readableByAll = 0o644;

export function defaultServiceAccount(spec: PodSpec): void {
  spec.serviceAccountName = spec.serviceAccountName || 'default';
  spec.serviceAccount = spec.serviceAccountName;
}

/**
 * A pod that names an account has to wait until the account exists. The `default` one may follow: it is made by a
 * controller right after its namespace.
 */
export function missingServiceAccount(pod: Pod, context: StrategyContext): string | null {
  const name = pod.spec?.serviceAccountName ?? 'default';
  if (name === 'default' || find(pod, name, context) !== undefined) return null;
  return `error looking up service account ${pod.metadata.namespace ?? ''}/${name}: serviceaccount "${name}" not found`;
}

/** Gives every container the token of the pod's account, unless the pod or the account does not want it. */
export function mountAccountToken(pod: Pod, spec: PodSpec, context: StrategyContext): void {
  const account = find(pod, spec.serviceAccountName ?? 'default', context);
  const wanted = spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true;
  if (account === undefined || !wanted) return;
  if (spec.imagePullSecrets === undefined && account.imagePullSecrets !== undefined) {
    spec.imagePullSecrets = structuredClone(account.imagePullSecrets);
  }
  const volume = `kube-api-access-${randomBytes(3).toString('hex').slice(0, 5)}`;
  let isUsed = false;
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    if (container.volumeMounts?.some((mount) => mount.mountPath === mountPath)) continue;
    container.volumeMounts = [...(container.volumeMounts ?? []), { mountPath, name: volume, readOnly: true }];
    isUsed = true;
  }
  if (isUsed) spec.volumes = [...(spec.volumes ?? []), tokenVolume(volume)];
}

function find(pod: Pod, name: string, context: StrategyContext): ServiceAccount | undefined {
  return context.find('/serviceaccounts', `${pod.metadata.namespace ?? ''}/${name}`) as
    | ServiceAccount
    | undefined;
}

function tokenVolume(name: string): NonNullable<PodSpec['volumes']>[number] {
  return {
    name,
    projected: {
      defaultMode: readableByAll,
      sources: [
        { serviceAccountToken: { expirationSeconds: tokenSeconds, path: 'token' } },
        { configMap: { items: [{ key: 'ca.crt', path: 'ca.crt' }], name: rootCaConfigMap } },
        {
          downwardAPI: {
            items: [{ fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' }, path: 'namespace' }],
          },
        },
      ],
    },
  };
}

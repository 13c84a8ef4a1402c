import type { InferencePool } from '@weir/api/inference';
import type { ObjectKey } from '@weir/api/meta';
import type { Deployment, Service } from '@weir/api/workloads';

/** Where the EndpointPickerConfig of a pool is. */
export type PickerConfigSource =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'config-map'; readonly key: ObjectKey; readonly entry: string }
  /** No EPP of a known shape: the default configuration. */
  | { readonly type: 'default' };

const useDefault: PickerConfigSource = { type: 'default' };

/** Follows a pool's endpointPickerRef to the Deployment behind its Service, and reads that one's arguments. Pure. */
export function findPickerConfig(
  pool: InferencePool,
  findService: (key: ObjectKey) => Service | undefined,
  deployments: readonly Deployment[],
): PickerConfigSource {
  const namespace = pool.metadata.namespace ?? '';
  const name = pool.spec.endpointPickerRef?.name;
  const selector = name === undefined ? undefined : findService({ namespace, name })?.spec?.selector;
  if (selector === undefined || Object.keys(selector).length === 0) return useDefault;
  const deployment = deployments.find(
    (candidate) =>
      candidate.metadata.namespace === namespace &&
      Object.entries(selector).every(
        ([key, value]) => candidate.spec?.template.metadata?.labels?.[key] === value,
      ),
  );
  return deployment === undefined ? useDefault : configOfDeployment(deployment, namespace);
}

type PodSpec = NonNullable<NonNullable<Deployment['spec']>['template']['spec']>;

function configOfDeployment(deployment: Deployment, namespace: string): PickerConfigSource {
  const pod = deployment.spec?.template.spec;
  const container = pod?.containers.find(({ name }) => name === 'main') ?? pod?.containers[0];
  if (pod === undefined || container === undefined) return useDefault;
  const argv = [...(container.command ?? []), ...(container.args ?? [])];
  const text = flagValue(argv, 'config-text');
  if (text !== undefined) return { type: 'text', text };
  const file = flagValue(argv, 'config-file');
  return file === undefined ? useDefault : (configMapOfFile(pod, container, file, namespace) ?? useDefault);
}

/** `--name value`, `--name=value`, with one or two dashes; the last one counts. */
function flagValue(argv: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  argv.forEach((argument, i) => {
    const [, flag, inline] = /^--?([^=]+)(?:=([\s\S]*))?$/.exec(argument) ?? [];
    if (flag === name) value = inline ?? argv[i + 1];
  });
  return value;
}

function configMapOfFile(
  pod: PodSpec,
  container: PodSpec['containers'][number],
  file: string,
  namespace: string,
): PickerConfigSource | null {
  const mount = container.volumeMounts?.find(({ mountPath }) =>
    file.startsWith(`${mountPath.replace(/\/$/, '')}/`),
  );
  const configMap = pod.volumes?.find(({ name }) => name === mount?.name)?.configMap;
  if (mount === undefined || configMap?.name === undefined) return null;
  const path = file.slice(mount.mountPath.replace(/\/$/, '').length + 1);
  const entry =
    configMap.items === undefined ? path : configMap.items.find((item) => item.path === path)?.key;
  return entry === undefined ? null : { type: 'config-map', key: { namespace, name: configMap.name }, entry };
}

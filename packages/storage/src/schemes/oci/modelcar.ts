import type { Container, PodSpec } from '@weir/api/workloads';
import { provisionVolume } from '../attach-with-initializer.ts';
import type { Artifact, OciOptions, ResolvedAttachOptions } from '../definition.ts';
import { changeNamed, mountInto, withNamed, withVolumes } from '../pod-lists.ts';

const modelcarName = 'modelcar';
/** Where images keep the model. */
const imageFolder = '/models';

/**
 * A container of the model's image beside the engine. It links its own root, which the engine can see because the pod
 * shares one process namespace, to the model's path; an init container has the image pulled before the engine starts.
 */
export function attachModelcar(
  pod: PodSpec,
  image: string,
  { path }: Artifact,
  { container, oci }: ResolvedAttachOptions & { readonly oci: OciOptions },
): PodSpec {
  const parent = path.slice(0, path.lastIndexOf('/')) || '/';
  const shared = { name: provisionVolume, mountPath: parent };
  const resources = { cpu: oci.cpu, memory: oci.memory };
  const base: Container = {
    name: modelcarName,
    image,
    resources: { requests: resources, limits: resources },
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
  const car: Container = {
    ...base,
    command: ['sh', '-c', linkScript(path, parent)],
    volumeMounts: [shared],
    ...(oci.runAsUser === undefined ? {} : { securityContext: { runAsUser: oci.runAsUser } }),
  };
  const check: Container = { ...base, name: `${modelcarName}-init`, command: ['sh', '-c', checkScript] };
  const containers = mountInto(pod.containers, container, [shared]);
  return {
    ...pod,
    shareProcessNamespace: true,
    containers: withNamed(
      changeNamed(containers, container, (one) => withAsyncModel(one, oci)),
      [car],
    ),
    initContainers: withNamed(pod.initContainers ?? [], [check]),
    volumes: withVolumes(pod.volumes, [{ name: provisionVolume, emptyDir: {} }]),
  };
}

/** The kubelet turns `$$` into `$`, and the shell `$$` into its own process id. */
function linkScript(path: string, parent: string): string {
  const folder = parent === '/mnt' ? '' : `mkdir -p ${parent} && `;
  return `${folder}ln -sfn /proc/$$$$/root${imageFolder} ${path} && sleep infinity`;
}

const checkScript = `[ -n "$(ls -A ${imageFolder})" ] || { echo "the image has nothing in ${imageFolder}"; exit 1; }`;

/** The model may appear after the engine's start. Reading another container's root needs the same user. */
function withAsyncModel(container: Container, { runAsUser }: OciOptions): Container {
  const env = withNamed(container.env ?? [], [{ name: 'MODEL_INIT_MODE', value: 'async' }]);
  if (runAsUser === undefined) return { ...container, env };
  return { ...container, env, securityContext: { ...container.securityContext, runAsUser } };
}

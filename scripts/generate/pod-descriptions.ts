/**
 * What the fields of a pod mean, by path below its spec. Deeper objects point at Pod's own documentation
 * (`describeBelow`): repeating it for each of the pods of a service would make the CRD too large to store.
 */
export const podDescriptions: Readonly<Record<string, string>> = {
  activeDeadlineSeconds: 'Seconds after which the pod is ended.',
  affinity: 'Rules for the choice of nodes, and for company with other pods.',
  automountServiceAccountToken: 'Whether containers get a token for the API server.',
  containers: 'Containers that run side by side. "main" is the one that the platform knows.',
  dnsConfig: 'Name servers and search domains on top of dnsPolicy.',
  dnsPolicy: 'ClusterFirst, ClusterFirstWithHostNet, Default or None.',
  enableServiceLinks: 'Whether Services appear as environment variables.',
  hostAliases: 'Lines added to /etc/hosts.',
  hostNetwork: 'Use the network of the node.',
  imagePullSecrets: 'Secrets for the registries of the images.',
  initContainers:
    'Containers that end before the others start, or run beside them with restartPolicy Always.',
  nodeName: 'Node to run on, past the scheduler.',
  nodeSelector: 'Labels that a node must have.',
  preemptionPolicy: 'PreemptLowerPriority or Never.',
  priority: 'Number behind priorityClassName.',
  priorityClassName: 'PriorityClass of the pod.',
  readinessGates: 'Further conditions that must hold before requests come.',
  resourceClaims: 'Devices claimed for the pod; containers name them in resources.claims.',
  restartPolicy: 'Always for what a service runs.',
  runtimeClassName: 'RuntimeClass that runs the containers.',
  schedulerName: 'Scheduler that chooses the node.',
  securityContext: 'User, groups and rights for all containers.',
  serviceAccountName: 'ServiceAccount of the pod; its Secrets may hold credentials for the model.',
  shareProcessNamespace: 'Let containers see the processes of each other.',
  terminationGracePeriodSeconds: 'Seconds from the wish to end to the kill.',
  tolerations: 'Taints of nodes that do not keep the pod away.',
  topologySpreadConstraints: 'How pods spread over zones and nodes.',
  volumes: 'Storage that containers can mount, merged by name.',
  ...ofContainers('containers'),
  ...ofContainers('initContainers'),
};

function ofContainers(list: string): Record<string, string> {
  const fields = {
    args: 'Arguments; appended to those of the preset where the preset runs a script.',
    command: 'Program to run instead of that of the preset or image.',
    env: 'Environment variables, merged by name.',
    envFrom: 'ConfigMaps and Secrets whose keys become variables.',
    image: 'Image to run.',
    imagePullPolicy: 'Always, IfNotPresent or Never.',
    lifecycle: 'What happens after the start and before the end.',
    livenessProbe: 'Check whose failure restarts the container.',
    name: 'Name, by which layers are merged.',
    ports: 'Ports that the container listens on.',
    readinessProbe: 'Check whose failure keeps requests away.',
    resources: 'Processors, memory and devices: requests and limits.',
    restartPolicy: 'Always makes an init container run beside the others.',
    securityContext: 'User and rights of the container.',
    startupProbe: 'Check that has to succeed once before the other two count.',
    terminationMessagePath: 'File with last words.',
    volumeDevices: 'Block devices.',
    volumeMounts: 'Volumes and where they appear, merged by path.',
    workingDir: 'Folder in which the program starts.',
  };
  return Object.fromEntries(Object.entries(fields).map(([field, text]) => [`${list}.${field}`, text]));
}

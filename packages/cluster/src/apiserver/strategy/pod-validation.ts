import type { FieldError } from '@weir/api/meta';
import { duplicate, invalid, notFoundValue, notSupported, required } from '@weir/api/meta';
import type { Container, PodSpec } from '@weir/api/workloads';
import { labelErrorsOf } from '../rest/names.ts';

/** The essential rules of pod specs; the kubelet reports what only running can show. */
export function podSpecErrors(spec: PodSpec | undefined, path: string): FieldError[] {
  if (spec === undefined) return [required(path)];
  const containers = spec.containers ?? [];
  const initContainers = spec.initContainers ?? [];
  const volumes = new Set((spec.volumes ?? []).map((volume) => volume.name));
  const names = new Set<string>();
  const check = (list: readonly Container[], field: string): FieldError[] =>
    list.flatMap((container, index) =>
      containerErrors(container, `${path}.${field}[${index}]`, names, volumes),
    );
  return [
    ...(containers.length === 0 ? [required(`${path}.containers`)] : []),
    ...volumeErrors(spec, path),
    ...check(containers, 'containers'),
    ...check(initContainers, 'initContainers'),
    ...enumErrors(spec, path),
  ];
}

function containerErrors(
  container: Container,
  path: string,
  names: Set<string>,
  volumes: ReadonlySet<string>,
): FieldError[] {
  const errors: FieldError[] = [];
  if (!container.name) errors.push(required(`${path}.name`));
  else {
    errors.push(
      ...labelErrorsOf(container.name).map((detail) => invalid(`${path}.name`, container.name, detail)),
    );
    if (names.has(container.name)) errors.push(duplicate(`${path}.name`, container.name));
    names.add(container.name);
  }
  if (!container.image) errors.push(required(`${path}.image`));
  (container.ports ?? []).forEach((port, index) => {
    errors.push(...portErrors(port.containerPort, `${path}.ports[${index}].containerPort`));
  });
  (container.env ?? []).forEach((variable, index) => {
    if (!variable.name) errors.push(required(`${path}.env[${index}].name`));
  });
  (container.volumeMounts ?? []).forEach((mount, index) => {
    const mountPath = `${path}.volumeMounts[${index}]`;
    if (!mount.name) errors.push(required(`${mountPath}.name`));
    else if (!volumes.has(mount.name)) errors.push(notFoundValue(`${mountPath}.name`, mount.name));
    if (!mount.mountPath) errors.push(required(`${mountPath}.mountPath`));
  });
  return errors;
}

export function portErrors(port: number | undefined, path: string): FieldError[] {
  if (port === undefined) return [required(path)];
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return [];
  return [invalid(path, port, 'must be between 1 and 65535, inclusive')];
}

function volumeErrors(spec: PodSpec, path: string): FieldError[] {
  const names = new Set<string>();
  return (spec.volumes ?? []).flatMap((volume, index) => {
    const namePath = `${path}.volumes[${index}].name`;
    if (!volume.name) return [required(namePath)];
    if (names.has(volume.name)) return [duplicate(namePath, volume.name)];
    names.add(volume.name);
    return labelErrorsOf(volume.name).map((detail) => invalid(namePath, volume.name, detail));
  });
}

function enumErrors(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const restartPolicies = ['Always', 'OnFailure', 'Never'];
  if (!restartPolicies.includes(spec.restartPolicy ?? '')) {
    errors.push(notSupported(`${path}.restartPolicy`, spec.restartPolicy, restartPolicies));
  }
  const dnsPolicies = ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'];
  if (!dnsPolicies.includes(spec.dnsPolicy ?? '')) {
    errors.push(notSupported(`${path}.dnsPolicy`, spec.dnsPolicy, dnsPolicies));
  }
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    const detail = 'must be greater than or equal to 0';
    errors.push(invalid(`${path}.terminationGracePeriodSeconds`, spec.terminationGracePeriodSeconds, detail));
  }
  return errors;
}

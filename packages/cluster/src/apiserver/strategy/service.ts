import type { FieldError } from '@weir/api/meta';
import { duplicate, invalid, notSupported, required } from '@weir/api/meta';
import type { Service } from '@weir/api/workloads';
import { ApiError } from '../api-error.ts';
import type { ClusterIps } from './cluster-ips.ts';
import { portErrors } from './pod-validation.ts';
import { defineStrategy, type Strategy } from './strategy.ts';

type ServiceSpec = NonNullable<Service['spec']>;

const types: readonly string[] = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

export function serviceStrategy(ips: ClusterIps): Strategy {
  return defineStrategy<Service>({
    setDefaults: (draft) => {
      if (draft.spec !== undefined) setServiceDefaults(draft.spec);
    },
    prepareCreate: (draft) => {
      if (draft.spec !== undefined) assignIp(draft, draft.spec, ips);
      draft.status = { loadBalancer: {} };
    },
    prepareUpdate: (draft, old) => {
      if (draft.spec !== undefined && old.spec !== undefined) keepIp(draft, draft.spec, old.spec, ips);
    },
    validate: (object, old) => [...specErrors(object), ...immutableErrors(object, old)],
    release: (object) => ips.release(object.spec?.clusterIP ?? ''),
  });
}

/** Clients that replace a Service leave the address out; it stays as long as the type has one. */
function keepIp(service: Service, spec: ServiceSpec, old: ServiceSpec, ips: ClusterIps): void {
  if (!hasIp(spec)) {
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const)
      delete spec[field];
    ips.release(old.clusterIP ?? '');
  } else if (!hasIp(old)) {
    assignIp(service, spec, ips);
  } else {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
    if (!spec.clusterIPs && old.clusterIPs) spec.clusterIPs = [...old.clusterIPs];
    if (!spec.ipFamilies && old.ipFamilies) spec.ipFamilies = [...old.ipFamilies];
    if (!spec.ipFamilyPolicy && old.ipFamilyPolicy) spec.ipFamilyPolicy = old.ipFamilyPolicy;
  }
}

function setServiceDefaults(spec: ServiceSpec): void {
  spec.type ??= 'ClusterIP';
  spec.sessionAffinity ??= 'None';
  if (spec.type !== 'ExternalName') {
    spec.internalTrafficPolicy ??= 'Cluster';
  }
  for (const port of spec.ports ?? []) {
    port.protocol ??= 'TCP';
    if (port.targetPort === undefined || port.targetPort === '' || port.targetPort === 0) {
      port.targetPort = port.port;
    }
  }
}

function assignIp(service: Service, spec: ServiceSpec, ips: ClusterIps): void {
  if (!hasIp(spec)) return;
  const asked = spec.clusterIP || spec.clusterIPs?.[0];
  if (asked === 'None') {
    spec.clusterIP = 'None';
  } else if (asked) {
    const why = ips.claim(asked);
    if (why !== null) {
      const name = service.metadata.name ?? '';
      const field = 'spec.clusterIPs';
      throw new ApiError(
        422,
        'Invalid',
        `Service "${name}" is invalid: ${field}: Invalid value: ["${asked}"]: ${why}`,
        {
          name,
          kind: 'Service',
          causes: [{ reason: 'FieldValueInvalid', message: `Invalid value: ["${asked}"]: ${why}`, field }],
        },
      );
    }
    spec.clusterIP = asked;
  } else {
    const ip = ips.allocate();
    if (ip === null)
      throw new ApiError(500, 'InternalError', 'failed to allocate a serviceIP: range is full');
    spec.clusterIP = ip;
  }
  spec.clusterIPs = [spec.clusterIP];
  setFamilies(spec);
}

/** Endpoints of a headless Service without a selector are anybody's, so it promises both families. */
function setFamilies(spec: ServiceSpec): void {
  const isOpen = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilies ??= isOpen ? ['IPv4', 'IPv6'] : ['IPv4'];
  spec.ipFamilyPolicy ??= isOpen ? 'RequireDualStack' : 'SingleStack';
}

function hasIp(spec: ServiceSpec): boolean {
  return spec.type !== 'ExternalName';
}

function specErrors(service: Service): FieldError[] {
  const { spec } = service;
  if (spec === undefined) return [required('spec')];
  const errors: FieldError[] = [];
  if (!types.includes(spec.type ?? '')) errors.push(notSupported('spec.type', spec.type, types));
  const ports = spec.ports ?? [];
  const isHeadless = spec.clusterIP === 'None';
  if (ports.length === 0 && hasIp(spec) && !isHeadless) errors.push(required('spec.ports'));
  const names = new Set<string>();
  ports.forEach((port, index) => {
    const path = `spec.ports[${index}]`;
    if (ports.length > 1 && !port.name) errors.push(required(`${path}.name`));
    if (port.name && names.has(port.name)) errors.push(duplicate(`${path}.name`, port.name));
    names.add(port.name ?? '');
    errors.push(...portErrors(port.port, `${path}.port`));
    if (typeof port.targetPort === 'number')
      errors.push(...portErrors(port.targetPort, `${path}.targetPort`));
  });
  return errors;
}

function immutableErrors(service: Service, old: Service | null): FieldError[] {
  const before = old?.spec?.clusterIP;
  const after = service.spec?.clusterIP;
  if (!before || before === after || service.spec?.type === 'ExternalName') return [];
  return [invalid('spec.clusterIPs[0]', [after ?? ''], 'may not change once set')];
}

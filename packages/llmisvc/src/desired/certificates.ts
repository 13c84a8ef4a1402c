import { resources } from '@weir/api/meta';
import {
  componentLabel,
  components,
  conditionReasons,
  conditionTypes,
  nameLabel,
  partOf,
  partOfLabel,
} from '@weir/api/serving';
import type { Service } from '@weir/api/workloads';
import type { DesiredInput, Part } from './input.ts';
import { childMetadata, childOf, componentLabels, nameOf, namespaceOf } from './metadata.ts';
import { tokenizerUrl } from './tokenizer.ts';

/** The key pair that engines and the picker serve TLS with; mounted always, used where TLS is on. */
export const certificates: Part = (input) => {
  const { service, platform } = input;
  const secret = {
    apiVersion: 'v1',
    kind: resources.secrets.kind,
    type: 'kubernetes.io/tls',
    metadata: childMetadata(
      service,
      childOf(service, 'certificate'),
      componentLabels(service, components.workload),
    ),
  };
  return {
    failure: { condition: conditionTypes.mainWorkloadReady, reason: conditionReasons.reconcileCertsError },
    apply: [],
    generate: [
      {
        secret,
        dnsNames: dnsNames(input),
        ipAddresses: ipAddresses(input),
        expirationAnnotations: platform.expirationAnnotations,
      },
    ],
  };
};

function dnsNames(input: DesiredInput): string[] {
  const { service, platform } = input;
  const picker = pickerHost(input);
  const hosts = [
    childOf(service, 'workloadService'),
    ...(picker === undefined ? [] : [picker]),
    ...(tokenizerUrl(input) === null ? [] : [childOf(service, 'tokenizer')]),
  ];
  const names = hosts.flatMap((host) => {
    const name = `${host}.${namespaceOf(service)}.svc`;
    return [name, `${name}.${platform.clusterDomain}`];
  });
  return ['localhost', ...names].sort();
}

/** The picker's Service: our own, or that of a pool of somebody else. */
function pickerHost({ spec, observed }: DesiredInput): string | undefined {
  const { ref, spec: pool } = spec.router?.scheduler?.pool ?? {};
  const found =
    ref === undefined ? pool : observed.pools.find(({ metadata }) => metadata.name === ref.name)?.spec;
  return found?.endpointPickerRef?.name;
}

/** Addresses of what exists; pods still without one do not count, so that they cause no new certificate. */
function ipAddresses({ service, observed }: DesiredInput): string[] {
  const pods = observed.pods
    .filter((pod) => pod.metadata.labels?.[componentLabel] !== components.scheduler)
    .flatMap((pod) => (pod.status?.podIPs ?? []).map(({ ip }) => ip));
  const services = observed.children
    .filter(
      ({ kind, object }) => kind.plural === 'services' && isLabelled(object.metadata.labels, nameOf(service)),
    )
    .flatMap(({ object }) => (object as Service).spec?.clusterIPs ?? []);
  const addresses = [...pods, ...services].filter((ip) => ip !== undefined && ip !== '' && ip !== 'None');
  return [...new Set(['127.0.0.1', ...addresses])].sort();
}

function isLabelled(labels: Readonly<Record<string, string>> | undefined, name: string): boolean {
  return labels?.[nameLabel] === name && labels[partOfLabel] === partOf;
}

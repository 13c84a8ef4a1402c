import { type Ingress, type IngressPath, ingresses } from '@weir/api/gateway';
import { apiVersionOf, resources } from '@weir/api/meta';
import { components, conditionReasons, conditionTypes } from '@weir/api/serving';
import type { ConditionPatch, DesiredInput, Part } from './input.ts';
import { childMetadata, childOf, componentLabels, nameOf, namespaceOf } from './metadata.ts';

const failure = { condition: conditionTypes.ingressReady, reason: conditionReasons.ingressReconcileError };

/** Our proxy, which rewrites paths and asks the picker: an Ingress can do neither portably. */
const proxyService = 'weir-gateway';
const proxyPort = 80;

/**
 * The Ingress in front of a service: a new one that leads to our proxy, or one of the user's that leads there already.
 * The proxy lives in the system namespace; an Ingress reaches only its own, so that a Service there stands in for it.
 */
export const ingress: Part = (input) => {
  const wanted = input.spec.router?.ingress;
  if (wanted === undefined) return null;
  if ((wanted.refs ?? []).length > 0) {
    return { failure, apply: [], conditions: adoptionProblems(input) };
  }
  return {
    failure,
    apply: [
      { kind: resources.services, object: standIn(input) },
      { kind: ingresses, object: created(input) },
    ],
  };
};

function created({ service, platform }: DesiredInput): Ingress {
  const path: IngressPath = {
    path: `/${namespaceOf(service)}/${nameOf(service)}`,
    pathType: 'Prefix',
    backend: { service: { name: childOf(service, 'ingressBackend'), port: { number: proxyPort } } },
  };
  return {
    apiVersion: apiVersionOf(ingresses),
    kind: ingresses.kind,
    metadata: childMetadata(
      service,
      childOf(service, 'ingress'),
      componentLabels(service, components.router),
    ),
    spec: {
      ...(platform.ingressClassName === undefined ? {} : { ingressClassName: platform.ingressClassName }),
      rules: [{ http: { paths: [path] } }],
    },
  };
}

function standIn({ service, platform }: DesiredInput) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: childMetadata(
      service,
      childOf(service, 'ingressBackend'),
      componentLabels(service, components.router),
    ),
    spec: {
      type: 'ExternalName',
      externalName: `${proxyService}.${platform.systemNamespace}.svc.${platform.clusterDomain}`,
      ports: [{ name: 'http', port: proxyPort, protocol: 'TCP', targetPort: proxyPort }],
    },
  };
}

function adoptionProblems({ service, spec, observed }: DesiredInput): ConditionPatch[] {
  return (spec.router?.ingress?.refs ?? []).flatMap((ref): ConditionPatch[] => {
    const namespace = ref.namespace || namespaceOf(service);
    const found = observed.ingresses.find(
      ({ metadata }) => metadata.name === ref.name && metadata.namespace === namespace,
    );
    const shown = `Ingress ${namespace}/${ref.name}`;
    if (found === undefined) {
      return [refsInvalid(`${shown} does not exist — create it or correct spec.router.ingress.refs`)];
    }
    if (pathsTo(found, backendsOf(service)).length > 0) return [];
    const names = backendsOf(service).join(' or ');
    return [
      refsInvalid(`${shown} leads to none of this service's backends — add a path to Service ${names}`),
    ];
  });
}

function refsInvalid(message: string): ConditionPatch {
  return { type: failure.condition, status: 'False', reason: conditionReasons.refsInvalid, message };
}

/** Services by which an Ingress may reach the service. */
export function backendsOf(service: DesiredInput['service']): string[] {
  return [proxyService, childOf(service, 'ingressBackend'), childOf(service, 'workloadService')];
}

/** Host and path of every rule that leads to one of the Services. */
export function pathsTo(
  { spec }: Ingress,
  services: readonly string[],
): { host: string | undefined; path: string }[] {
  return (spec?.rules ?? []).flatMap(({ host, http }) =>
    (http?.paths ?? [])
      .filter(({ backend }) => services.includes(backend.service?.name ?? ''))
      .map(({ path }) => ({ host, path: path ?? '/' })),
  );
}

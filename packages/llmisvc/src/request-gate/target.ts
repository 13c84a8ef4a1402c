import { type HTTPRoute, requestsFailedCondition } from '@weir/api/gateway';
import { childName, resources } from '@weir/api/meta';
import { childSuffixes, conditionReasons, enginePort } from '@weir/api/serving';
import type { Deployment, Secret, Service } from '@weir/api/workloads';
import { shortHash } from '@weir/core/hash';
import { type Observed, type Workload, workloadsOf } from '../desired/index.ts';
import { ingressEndpoints } from '../status/ingress.ts';
import type { ComposedStatusInput } from '../status/input.ts';
import { engineCause } from '../status/pod-cause.ts';
import { hasReadyUpdate } from '../status/ready-update.ts';
import { routesOf } from '../status/routing.ts';
import { clusterAddress, discoverUrls, routingInput } from '../status/routing-url.ts';
import { isFalse, type Verdict } from '../status/verdict.ts';
import { findDeployment, findWorkload, readyReplicasOf } from '../status/workload.ts';
import { formerPods } from './former-pods.ts';

/** One way to ask a service. The connection goes to `connect`; the host of the URL is only named in the request. */
export interface ProbeAddress {
  readonly url: string;
  /** The stations that a request passes, for messages. */
  readonly via: string;
  readonly connect: { readonly host: string; readonly port: number };
  /** Other services are reached through the same listener. */
  readonly isShared: boolean;
  /** Trusted beside the public authorities. */
  readonly caPem?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What to ask a service, and what an answer stands for. */
export interface GateTarget {
  readonly model: string;
  /** The preferred one first; another one is tried where the first cannot be connected to. */
  readonly addresses: readonly ProbeAddress[];
  /** Changes with the pods' templates, the routes and the addresses: an answer counts for one revision only. */
  readonly revision: string;
  /** Changes when something may have broken what worked: pods come, go or change readiness, real requests fail. */
  readonly surroundings: string;
  /** Pods of earlier revisions, whose answers say nothing about this one. */
  readonly formerPods: readonly string[];
  /** Why nobody can be asked yet: no pod of the revision is ready. */
  readonly obstacle: Verdict | null;
}

const maxAddresses = 3;

/** How a service has to be asked, now. `url` is the address that its status shows. */
export function gateTarget(input: ComposedStatusInput, url: string | undefined): GateTarget {
  const { service, spec, observed } = input;
  const workloads = workloadsOf(service, spec);
  const model = spec.model?.name ?? service.metadata.name ?? '';
  const addresses = addressesOf(input, url, model);
  const scheduler = findDeployment(observed, childName(service.metadata.name ?? '', childSuffixes.scheduler));
  return {
    model,
    addresses,
    revision: shortHash([
      model,
      addresses.map((address) => address.url),
      routesOf(observed).map(({ metadata }) => [metadata.uid ?? '', metadata.generation ?? 0]),
      ...workloads.map((workload) => templatesOf(findWorkload(observed, workload)?.spec)),
      templatesOf(scheduler?.spec),
    ]),
    surroundings: shortHash([...readyPods(observed), ...failuresOf(routesOf(observed))]),
    formerPods: formerPods(observed.pods, workloads),
    obstacle:
      obstacleOf(
        observed,
        workloads.filter(
          (workload) =>
            !hasReadyUpdate(findWorkload(observed, workload), readyReplicasOf(observed, workload)),
        ),
      ) ?? pickerObstacle(scheduler),
  };
}

function readyPods({ pods }: Observed): string[] {
  const ready = pods.filter(({ status }) =>
    status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True'),
  );
  return ready.map(({ metadata }) => metadata.uid ?? '').sort();
}

/** When gateways saw requests fail one after another, which is for them to say and for us to ask about. */
function failuresOf(routes: readonly HTTPRoute[]): string[] {
  return routes.flatMap(({ status }) =>
    (status?.parents ?? []).flatMap(({ conditions }) =>
      (conditions ?? [])
        .filter(({ type }) => type === requestsFailedCondition)
        .map(({ lastTransitionTime = '' }) => lastTransitionTime),
    ),
  );
}

/** A picker of before may still answer, by rules of before. */
function pickerObstacle(scheduler: Deployment | undefined): Verdict | null {
  if (scheduler === undefined || hasReadyUpdate(scheduler, scheduler.status?.availableReplicas ?? 0))
    return null;
  const message = `no pod of the newest revision of Deployment ${scheduler.metadata.name} is ready`;
  return { ...isFalse(conditionReasons.requestGatePending, message), status: 'Unknown' };
}

/** Old pods may answer all the while: that says nothing about the new ones, which may never be able to. */
function obstacleOf({ pods }: Observed, waiting: readonly Workload[]): Verdict | null {
  const [first] = waiting;
  if (first === undefined) return null;
  const cause = engineCause(
    pods,
    waiting.flatMap(({ components }) => components),
  );
  const shown = `no pod of the newest revision of ${first.kind.kind} ${first.name} is ready`;
  if (cause === null) return { ...isFalse(conditionReasons.requestGatePending, shown), status: 'Unknown' };
  const verdict = isFalse(cause.reason, `${shown}: ${cause.message}`);
  return cause.stage === 'Failed' ? verdict : { ...verdict, status: 'Unknown' };
}

/** Of a Deployment or a LeaderWorkerSet: what a new revision differs in. */
function templatesOf(spec: object | undefined): unknown {
  const { template, leaderWorkerTemplate } = (spec ?? {}) as {
    template?: unknown;
    leaderWorkerTemplate?: unknown;
  };
  return [template ?? null, leaderWorkerTemplate ?? null];
}

/** The Gateway, else the Ingress, else the Service. */
function addressesOf(input: ComposedStatusInput, url: string | undefined, model: string): ProbeAddress[] {
  const backend = input.spec.router?.scheduler === undefined ? 'service' : 'pool';
  const urls = discoverUrls(routingInput(input));
  const [preferred] = urls.filter((one) => one.url === url);
  if (preferred !== undefined) {
    const others = urls.filter((one) => one.path === preferred.path && one.url !== url);
    return [preferred, ...others].slice(0, maxAddresses).map((one) => ({
      url: one.url,
      via: `gateway → ${backend}`,
      connect: one.connect,
      isShared: true,
      // Where the path tells nothing, rules may tell models apart by their header.
      ...(one.path === '/' ? { headers: modelHeader(input, model) } : {}),
    }));
  }
  const ingresses = ingressEndpoints(input).filter(({ address }) => address.url === url);
  if (ingresses.length > 0) {
    return ingresses.map(({ address, connect }) => ({
      url: address.url,
      via: `ingress → ${backend}`,
      connect,
      isShared: true,
    }));
  }
  return [serviceAddress(input)];
}

function modelHeader({ service, platform }: ComposedStatusInput, model: string): Record<string, string> {
  return {
    [platform.modelBasedRoutingHeaderName]: `publishers/${service.metadata.namespace}/models/${model}`,
  };
}

/** The Service's certificate is of our own making and vouches for itself. */
function serviceAddress({ service, platform, observed }: ComposedStatusInput): ProbeAddress {
  const { name = '', namespace = '' } = service.metadata;
  const child = (plural: string, childOf: string): object | undefined =>
    observed.children.find(({ kind, object }) => kind.plural === plural && object.metadata.name === childOf)
      ?.object;
  const serviceName = childName(name, childSuffixes.workloadService);
  const host = `${serviceName}.${namespace}.svc.${platform.clusterDomain}`;
  const live = child(resources.services.plural, serviceName) as Service | undefined;
  const secret = child(resources.secrets.plural, childName(name, childSuffixes.certificate)) as
    | Secret
    | undefined;
  const authority = platform.enableTLS ? secret?.data?.['ca.crt'] : undefined;
  return {
    url: `${platform.enableTLS ? 'https' : 'http'}://${host}:${enginePort}`,
    via: 'service',
    connect: { host: (live && clusterAddress(live)) ?? host, port: enginePort },
    isShared: false,
    ...(authority === undefined ? {} : { caPem: decode(authority) }),
  };
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

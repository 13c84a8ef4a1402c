import type { HTTPBackendRef, HTTPRouteRule } from '@weir/api/gateway';
import { inferencePoolV1 } from '@weir/api/inference';
import { childName } from '@weir/api/meta';
import {
  childSuffixes,
  conditionTypes,
  enginePort,
  type LLMInferenceService,
  type LLMInferenceServiceSpec,
  stopAnnotation,
  type WorkloadStatus,
} from '@weir/api/serving';
import type { DesiredInput } from './input.ts';
import { nameOf, namespaceOf } from './metadata.ts';

/** One service of a routing group, as the others see it. */
export interface GroupMember {
  readonly name: string;
  readonly weight: number;
  readonly isStopped: boolean;
  readonly backendRef: HTTPBackendRef;
}

export interface RoutingGroup {
  readonly name: string;
  /** Those that take a share of the traffic, or would if they were not stopped; by name. */
  readonly members: readonly GroupMember[];
  /** Those that serve other models. */
  readonly divergent: readonly string[];
}

/** The group that a service shares its traffic with; null without one. */
export function routingGroup({
  service,
  spec,
  observed,
}: Pick<DesiredInput, 'service' | 'spec' | 'observed'>): RoutingGroup | null {
  const { group } = spec.router?.route ?? {};
  if (group === undefined) return null;
  const own = modelsOf(service, spec);
  const eligible = observed.groupPeers.filter((peer) => isEligible(peer));
  const matches = (peer: LLMInferenceService): boolean => {
    const models = modelsOf(peer);
    return isStopped(peer) ? models.includes(spec.model?.name ?? '') : models.join() === own.join();
  };
  const members = [memberOf(service), ...eligible.filter(matches).map(memberOf)];
  return {
    name: group,
    members: members.sort((a, b) => (a.name < b.name ? -1 : 1)),
    divergent: eligible
      .filter((peer) => !matches(peer))
      .map(nameOf)
      .sort(),
  };
}

/** The shared rules lead to every member by weight; those under the service's own path lead to it alone. */
export function groupedRules(input: DesiredInput, rules: readonly HTTPRouteRule[]): HTTPRouteRule[] {
  const group = routingGroup(input);
  if (group === null) return [...rules];
  const { service, spec } = input;
  const ownPath = `/${namespaceOf(service)}/${nameOf(service)}`;
  const managed = new Set([
    childName(nameOf(service), childSuffixes.pool),
    childName(nameOf(service), childSuffixes.workloadService),
    ...(spec.router?.scheduler?.pool?.ref?.name === undefined ? [] : [spec.router.scheduler.pool.ref.name]),
  ]);
  // Left out, not given weight 0: some gateways send requests to backends of weight 0.
  const backendRefs = group.members
    .filter(({ isStopped: stopped }) => !stopped)
    .map(({ backendRef, weight }) => ({ ...backendRef, weight }));
  return rules.map((rule) => {
    const isShared =
      (rule.backendRefs ?? []).some(({ name }) => managed.has(name)) && !isBelow(rule, ownPath);
    return isShared ? { ...rule, backendRefs } : rule;
  });
}

function isBelow({ matches = [] }: HTTPRouteRule, path: string): boolean {
  return matches.some(({ path: own }) => own?.value === path || own?.value?.startsWith(`${path}/`) === true);
}

function memberOf(service: LLMInferenceService): GroupMember {
  return {
    name: nameOf(service),
    weight: service.spec?.router?.route?.weight ?? 1,
    isStopped: isStopped(service),
    backendRef: backendOf(service),
  };
}

/** What the routes of the others name for a service. */
export function backendOf({ metadata, spec, status }: LLMInferenceService): HTTPBackendRef {
  const name = metadata.name ?? '';
  const foreign = spec?.router?.scheduler?.pool?.ref?.name;
  const own = status?.router?.scheduler?.inferencePool;
  const pool =
    foreign ??
    own?.name ??
    (spec?.router?.scheduler === undefined ? undefined : childName(name, childSuffixes.pool));
  if (pool === undefined) {
    return {
      group: '',
      kind: 'Service',
      name: childName(name, childSuffixes.workloadService),
      port: enginePort,
    };
  }
  const group = own?.group || inferencePoolV1.group;
  return { group, kind: 'InferencePool', name: pool, port: enginePort };
}

/** Sorted names under which a service is asked for: what it reports, else what it was given. */
export function modelsOf(service: LLMInferenceService, merged?: LLMInferenceServiceSpec): string[] {
  const prefix = `publishers/${namespaceOf(service)}/models/`;
  const advertised = (service.status?.addresses ?? [])
    .flatMap(({ models = [] }) => models)
    .flatMap(({ name }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  const { model } = merged ?? service.spec ?? {};
  const typed = [
    model?.name || nameOf(service),
    ...(model?.lora?.adapters ?? []).flatMap(({ name }) => name ?? []),
  ];
  const names = merged === undefined && advertised.length > 0 ? advertised : typed;
  return [...new Set(names)].sort();
}

function isStopped({ metadata }: LLMInferenceService): boolean {
  return metadata.annotations?.[stopAnnotation]?.toLowerCase() === 'true';
}

function isEligible(peer: LLMInferenceService): boolean {
  return peer.metadata.deletionTimestamp === undefined && (isStopped(peer) || isRoutable(peer));
}

/** Takes requests: its router works and each of its workloads has a ready pod. */
export function isRoutable({ status }: LLMInferenceService): boolean {
  const router = status?.conditions?.find(({ type }) => type === conditionTypes.routerReady);
  const { primary, prefill, scheduler } = status?.workloads ?? {};
  const hasReady = (workload: WorkloadStatus | undefined): boolean =>
    workload === undefined || workload.readyReplicas > 0;
  return (
    router?.status === 'True' &&
    primary !== undefined &&
    [primary, prefill, scheduler].every((workload) => hasReady(workload))
  );
}

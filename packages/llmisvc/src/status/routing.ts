import type { HTTPRoute, ParentReference } from '@weir/api/gateway';
import type { PoolParentStatus } from '@weir/api/inference';
import type { Condition, ObjectMeta } from '@weir/api/meta';
import { conditionReasons, type LLMInferenceServiceSpec } from '@weir/api/serving';
import type { Observed } from '../desired/index.ts';
import { isCurrent, isFalse, isTrue, type Verdict } from './verdict.ts';

/** Routes of a service: the managed one and those that the user names. */
export function routesOf(observed: Observed): HTTPRoute[] {
  const managed = observed.children
    .filter(({ kind }) => kind.plural === 'httproutes')
    .map(({ object }) => object as HTTPRoute);
  return [...observed.routes, ...managed];
}

/** The Gateways that a spec names are programmed; undefined when it names none. */
export function gatewaysVerdict(
  spec: LLMInferenceServiceSpec,
  observed: Observed,
  namespace: string,
): Verdict | undefined {
  const refs = spec.router?.gateway?.refs ?? [];
  if (refs.length === 0) return undefined;
  const waiting = refs.filter((ref) => {
    const gateway = observed.gateways.find(
      ({ metadata }) => metadata.name === ref.name && metadata.namespace === (ref.namespace || namespace),
    );
    const programmed = gateway?.status?.conditions?.find(({ type }) => type === 'Programmed');
    return programmed?.status !== 'True';
  });
  if (waiting.length === 0) return isTrue;
  const names = waiting.map((ref) => `${ref.namespace || namespace}/${ref.name}`).join(', ');
  return isFalse(
    conditionReasons.gatewaysNotReady,
    `Gateway ${names} is not programmed — see its conditions`,
  );
}

/** Every parent of every route accepts it and resolves its backends. */
export function routesVerdict(routes: readonly HTTPRoute[]): Verdict {
  for (const route of routes) {
    const problem = routeProblem(route);
    if (problem !== null) {
      const name = `${route.metadata.namespace}/${route.metadata.name}`;
      const { notAllowedByListeners, httpRoutesNotReady } = conditionReasons;
      const reason = problem.includes(notAllowedByListeners) ? notAllowedByListeners : httpRoutesNotReady;
      return isFalse(reason, `HTTPRoute ${name}: ${problem}`);
    }
  }
  return routes.length > 0
    ? isTrue
    : isFalse(conditionReasons.httpRoutesNotReady, 'the HTTPRoute is not written yet');
}

function routeProblem(route: HTTPRoute): string | null {
  const parents = route.spec.parentRefs ?? [];
  // Policy controllers leave entries without Accepted; entries of parents that were left behind may stay for long.
  const reports = parents.map((parent) =>
    (route.status?.parents ?? []).filter(
      ({ parentRef, conditions }) =>
        isSameParent(parentRef, parent, route) && conditions.some(({ type }) => type === 'Accepted'),
    ),
  );
  const silent = parents.find((_, index) => reports[index]?.length === 0);
  if (silent !== undefined) return `Gateway ${silent.name} has not reported on it yet`;
  for (const { parentRef, conditions } of reports.flat()) {
    for (const type of ['Accepted', 'ResolvedRefs']) {
      const condition = conditions.find((one) => one.type === type);
      if (condition?.status === 'True' && isCurrent(condition, route.metadata.generation)) continue;
      return `Gateway ${parentRef.name}: ${explain(type, condition)}`;
    }
  }
  return null;
}

function isSameParent(a: ParentReference, b: ParentReference, route: HTTPRoute): boolean {
  const { namespace } = route.metadata;
  return (
    a.name === b.name &&
    (a.namespace ?? namespace) === (b.namespace ?? namespace) &&
    (a.sectionName ?? '') === (b.sectionName ?? '')
  );
}

/** One object that stands for the pool, and what gateways say about it. */
export interface PoolReport {
  readonly metadata: ObjectMeta;
  readonly parents: readonly PoolParentStatus[];
}

/** The gateways of the routes accept the pool. Without routes nobody has to. `named` is a pool of somebody else. */
export function poolVerdict(
  pools: readonly PoolReport[],
  routes: readonly HTTPRoute[],
  named: string | undefined,
): Verdict {
  const gateways = routes.flatMap(({ spec, metadata }) =>
    (spec.parentRefs ?? []).map((parent) => ({
      name: parent.name,
      namespace: parent.namespace ?? metadata.namespace,
    })),
  );
  if (pools.length === 0 && (named !== undefined || gateways.length > 0)) {
    return isFalse(
      conditionReasons.inferencePoolFetchError,
      named === undefined
        ? 'the InferencePool is not written yet'
        : `InferencePool ${named} does not exist — create it or correct spec.router.scheduler.pool.ref`,
    );
  }
  const verdicts = pools.map((pool) => reportVerdict(pool, gateways));
  return verdicts.find(({ status }) => status === 'True') ?? verdicts[0] ?? isTrue;
}

function reportVerdict(
  { metadata, parents }: PoolReport,
  gateways: readonly { name: string; namespace: string | undefined }[],
): Verdict {
  const name = `InferencePool ${metadata.namespace}/${metadata.name}`;
  for (const gateway of gateways) {
    const reports = parents
      .filter(({ parentRef }) => parentRef.name === gateway.name)
      .filter(({ parentRef }) => (parentRef.namespace ?? metadata.namespace) === gateway.namespace)
      .flatMap(({ conditions }) => conditions?.find(({ type }) => type === 'Accepted') ?? []);
    if (reports.length === 0) {
      return isFalse(
        conditionReasons.waitingForGateway,
        `${name}: Gateway ${gateway.name} has not reported on it yet`,
      );
    }
    const refusal = reports.find(
      (accepted) => accepted.status !== 'True' || !isCurrent(accepted, metadata.generation),
    );
    if (refusal !== undefined) {
      return isFalse(
        conditionReasons.inferencePoolNotReady,
        `${name}: Gateway ${gateway.name}: ${explain('Accepted', refusal)}`,
      );
    }
  }
  return isTrue;
}

function explain(type: string, condition: Condition | undefined): string {
  if (condition === undefined) return `${type} is not reported yet`;
  const detail = [condition.reason, condition.message].filter(Boolean).join(': ');
  return condition.status === 'True'
    ? `${type} is about an older generation`
    : `${type} is ${condition.status}, ${detail}`;
}

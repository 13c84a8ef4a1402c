import { keyText, type ObjectKey, type ResourceKind } from '@weir/api/meta';
import {
  conditionReasons,
  type LLMInferenceService,
  serviceFinalizer,
  stopAnnotation,
} from '@weir/api/serving';
import {
  type Client,
  type EventRecorder,
  isKubeError,
  type OwnedFields,
  type Reconciler,
  type Result,
} from '@weir/kube';
import { type Combined, combineConfig } from './config/combine.ts';
import { type PlatformConfig, type PlatformOptions, parsePlatformConfig } from './config/platform-config.ts';
import { PlatformConfigError } from './config/settings.ts';
import { globalCaBundleName } from './desired/ca-bundle.ts';
import {
  computeDesired,
  computeNothing,
  type Desired,
  type Observed,
  type ObservedChild,
} from './desired/index.ts';
import { deleteChildren, deleteShared, setFinalizer } from './finalize.ts';
import { holdingMembers, statusWhileHeld } from './group-members.ts';
import { localCopies } from './local-copies.ts';
import {
  findAll,
  observeConfig,
  observeOwned,
  observePlatform,
  observeWorld,
  serviceKey,
} from './observe.ts';
import { PackedMemories } from './packed-memories.ts';
import { type AppliedParts, PartWriter } from './part-writer.ts';
import type { References } from './references.ts';
import type { RequestGate } from './request-gate/request-gate.ts';
import {
  accountKeys,
  configReferences,
  type RequiredRefs,
  referencesOf,
  requiredRefs,
} from './required-refs.ts';
import { RolloutPlanner } from './rollout/index.ts';
import { childInformers, type Sources } from './sources.ts';
import { SpecValidator } from './spec-validator.ts';
import { computeStatus, type StatusInput } from './status/compute.ts';
import { writeStatus } from './status-writer.ts';
import type { WarningTeller } from './warnings.ts';
import { recordWrites } from './write-events.ts';

interface ReconcilerOptions {
  readonly client: Client;
  readonly sources: Sources;
  readonly references: References;
  readonly owned: OwnedFields;
  readonly recorder: EventRecorder;
  readonly warnings: WarningTeller;
  readonly gate: RequestGate;
  readonly platform: PlatformOptions;
  readonly now: () => Date;
}

/** What is remembered from pass to pass. */
interface Memory {
  readonly writer: PartWriter;
  readonly rollouts: RolloutPlanner;
  readonly validator: SpecValidator;
  /** When the deletion of a service was first seen, by uid; on a clock that nobody sets. */
  readonly leavingSinceMs: Map<string, number>;
}

/** A member whose peers do not let go of it looks again, because time may decide. */
const heldRetryMs = 5000;

const nothingRequired: RequiredRefs = {
  gateways: [],
  routes: [],
  serviceAccounts: [],
  secrets: [],
  caBundle: undefined,
  pools: [],
  ingresses: [],
  schedulerConfigMaps: [],
};

/** observe → combine → observe what that names → compute → apply → status, for one service. */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const memory: Memory = {
    writer: new PartWriter({ ...options, copies: localCopies(options.sources) }),
    rollouts: new RolloutPlanner(options.now, new PackedMemories()),
    validator: new SpecValidator(options.client),
    leavingSinceMs: new Map(),
  };
  return async (key, { signal }) => {
    const { client, sources } = options;
    const service = sources.services.get(key);
    if (service === undefined) {
      options.references.set(key, []);
      options.gate.forget(key);
      memory.validator.forget(key);
      return undefined;
    }
    if (service.metadata.deletionTimestamp !== undefined) {
      return finalize(options, memory, service, signal);
    }
    if (service.metadata.finalizers?.includes(serviceFinalizer))
      return reconcileService(options, memory, service, signal);
    const held = await setFinalizer(client, service, serviceFinalizer, true, signal);
    sources.services.remember(held);
    return reconcileService(options, memory, held, signal);
  };
}

async function finalize(
  options: ReconcilerOptions,
  memory: Memory,
  service: LLMInferenceService,
  signal: AbortSignal,
): Promise<Result | undefined> {
  const { client, sources, references, recorder } = options;
  if (!service.metadata.finalizers?.includes(serviceFinalizer)) return undefined;
  const uid = service.metadata.uid ?? '';
  const sinceMs = memory.leavingSinceMs.get(uid) ?? performance.now();
  memory.leavingSinceMs.set(uid, sinceMs);
  const holders = holdingMembers(sources, service, performance.now() - sinceMs);
  if (holders.length > 0) {
    await writeStatus(options, service, statusWhileHeld(service, holders, options.now()), signal);
    return { requeueAfterMs: heldRetryMs };
  }
  const served = childInformers(sources).filter((informer) => informer.isServed);
  const kinds: ResourceKind[] = served.map((informer) => informer.kind);
  const deleted = await deleteChildren(client, service, {
    ...{ kinds, bindings: sources.clusterRoleBindings.kind, signal },
    copies: observeOwned(sources, service),
  });
  await recordWrites(recorder, service, { applied: [], deleted });
  const { namespace } = serviceKey(service);
  const bundle = sources.configMaps.get({ namespace, name: globalCaBundleName });
  await deleteShared(client, service, sources.services.list(namespace), bundle, signal);
  try {
    await setFinalizer(client, service, serviceFinalizer, false, signal);
  } catch (error) {
    if (!isKubeError(error, 'NotFound')) throw error;
  }
  memory.rollouts.forget(service);
  memory.validator.forget(serviceKey(service));
  options.warnings.forget(service);
  memory.leavingSinceMs.delete(uid);
  references.set(serviceKey(service), []);
  return undefined;
}

async function reconcileService(
  options: ReconcilerOptions,
  { writer, rollouts, validator }: Memory,
  service: LLMInferenceService,
  signal: AbortSignal,
): Promise<Result | undefined> {
  const { sources, recorder } = options;
  const { platform, problem } = loadPlatform(options);
  const composed = problem ?? combineConfig(observeConfig(sources, service, platform));
  const { combined, unavailable, againMs } = await validator.validate(service, composed, signal);
  const isStopped = service.metadata.annotations?.[stopAnnotation]?.toLowerCase() === 'true';
  const observed = observeFor(options, service, combined, platform);
  const rollout = rollouts.plan(
    service,
    desiredFor(service, combined, isStopped, platform, observed),
    observed,
  );
  const { desired, isHeld, stability, lookAgainMs } = rollout;
  const written = await writer.write(service, desired, observed, signal);
  await recordWrites(recorder, service, written);
  for (const { changes, revision, workload } of rollouts.settle(service, rollout, written.problems)) {
    const message = `${changes} changes merged into revision ${revision} of ${workload}`;
    await recorder.record(service, 'Normal', 'RolloutCoalesced', message);
  }
  await options.warnings.tell(service, desired);
  const input: StatusInput = {
    service,
    platform,
    combined,
    isStopped,
    rollout: { isHeld, stability },
    observed: { ...observed, children: childrenAfter(observed.children, written) },
    problems: [...written.problems, ...desired.parts.flatMap((part) => part.conditions ?? [])],
    now: options
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z'),
  };
  await writeStatus(options, service, options.gate.judge(input, computeStatus(input)), signal);
  if (written.error !== null) {
    await recorder.record(service, 'Warning', 'Error', `Reconciliation failed: ${written.error.message}`);
    throw written.error;
  }
  if (unavailable !== null && !isStopped) throw unavailable;
  const requeueAfterMs = Math.min(lookAgainMs ?? Infinity, againMs ?? Infinity);
  return requeueAfterMs === Infinity ? undefined : { requeueAfterMs };
}

/** Settings that cannot be read stop composition, and nothing else: the defaults serve to describe what runs. */
function loadPlatform({ sources, platform: options }: ReconcilerOptions): {
  readonly platform: PlatformConfig;
  readonly problem: Combined | null;
} {
  try {
    return { platform: observePlatform(sources, options), problem: null };
  } catch (error) {
    if (!(error instanceof PlatformConfigError)) throw error;
    const { combineBaseError: reason } = conditionReasons;
    const problem: Combined = { type: 'failed', reason, message: error.message, appliedConfigs: [] };
    return { platform: parsePlatformConfig(options, undefined), problem };
  }
}

/** Reads the world around the service, and notes what it looked at for the watches. */
function observeFor(
  { sources, references }: ReconcilerOptions,
  service: LLMInferenceService,
  combined: Combined,
  platform: PlatformConfig,
): Observed {
  if (combined.type === 'failed') {
    references.set(serviceKey(service), configReferences(service, combined.presets ?? [], platform));
    return observeWorld(sources, service, nothingRequired);
  }
  const { spec } = combined;
  const routes = (spec.router?.route?.http?.refs ?? []).flatMap(
    ({ name }) => sources.httpRoutes.get({ namespace: service.metadata.namespace ?? '', name }) ?? [],
  );
  const accounts = findAll(sources.serviceAccounts, accountKeys(service, spec));
  const refs = requiredRefs(service, spec, { routes, accounts }, platform);
  references.set(serviceKey(service), referencesOf(service, spec, refs, platform));
  return observeWorld(sources, service, refs);
}

function desiredFor(
  service: LLMInferenceService,
  combined: Combined,
  isStopped: boolean,
  platform: PlatformConfig,
  observed: Observed,
): Desired {
  if (isStopped) return computeNothing({ observed });
  // What runs keeps running until the spec can be understood again.
  if (combined.type === 'failed') return { parts: [], remove: [] };
  return computeDesired({ service, spec: combined.spec, platform, observed });
}

function childrenAfter(before: readonly ObservedChild[], written: AppliedParts): ObservedChild[] {
  const identity = (kind: ResourceKind, key: ObjectKey): string =>
    `${kind.group}/${kind.plural}/${keyText(key)}`;
  const keyIn = ({ kind, object }: ObservedChild): string =>
    identity(kind, { namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' });
  const children = new Map(before.map((child) => [keyIn(child), child]));
  for (const child of written.applied) children.set(keyIn(child), child);
  for (const ref of written.removed) children.delete(identity(ref.kind, ref));
  return [...children.values()];
}

import { childName, parseQuantity } from '@weir/api/meta';
import { asString, builtinFunctions, eager, FunctionError, type TemplateFunction } from './functions.ts';
import { isList, isStruct, type Value } from './value.ts';

/** Go's built-ins and the three functions that KServe adds for its presets. */
export const templateFunctions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ...builtinFunctions,
  [
    'ChildName',
    eager([2, 2], ([parent, suffix]) => childName(asString(parent ?? null), asString(suffix ?? null))),
  ],
  ['kvTransferConfig', eager([1, 1], ([offloading]) => kvTransferConfig(offloading ?? null))],
  ['shutdownTimeout', eager([2, 2], ([pod, preStop]) => shutdownTimeout(pod ?? null, preStop ?? null))],
]);

/** Seconds an engine may take to end: the pod's grace period less its preStop hook and a reserve of 5 s. */
function shutdownTimeout(pod: Value, preStopSeconds: Value): number {
  const declared = member(pod, 'TerminationGracePeriodSeconds');
  const grace = typeof declared === 'number' ? declared : 60;
  const preStop = typeof preStopSeconds === 'number' ? preStopSeconds : 0;
  return Math.max(0, grace - preStop - Math.min(5, grace));
}

/** The engine's flag for tiered KV offloading; empty without offloading. */
function kvTransferConfig(offloading: Value): string {
  if (offloading === null) return '';
  const tiers = member(offloading, 'Secondary');
  const policy = member(offloading, 'EvictionPolicy');
  const secondary = isList(tiers) ? tiers : [];
  const config = {
    kv_connector: 'OffloadingConnector',
    kv_connector_extra_config: {
      cpu_bytes_to_use: quantityBytes(member(offloading, 'Cpu')),
      ...(typeof policy === 'string' && policy !== '' ? { eviction_policy: policy } : {}),
      ...(secondary.length === 0 ? {} : { secondary_tiers: secondary.flatMap(secondaryTier) }),
      spec_name: 'TieringOffloadingSpec',
    },
    kv_role: 'kv_both',
  };
  // The quotes survive one double-quoted assignment in the shell script around it.
  return `--kv-transfer-config '${JSON.stringify(config).replaceAll('"', '\\"')}'`;
}

function secondaryTier(tier: Value, index: number): { root_dir: string; type: string }[] {
  return member(tier, 'FileSystem') === null ? [] : [{ root_dir: `/mnt/kv-cache-${index}`, type: 'fs' }];
}

function member(value: Value, name: string): Value {
  return value !== null && isStruct(value) ? (value.field(name) ?? null) : null;
}

function quantityBytes(value: Value): number {
  const bytes = parseQuantity(String(value ?? 0));
  if (bytes === null || bytes < 0) throw new FunctionError(`cpu is not a quantity: ${String(value)}`);
  return Math.ceil(bytes);
}

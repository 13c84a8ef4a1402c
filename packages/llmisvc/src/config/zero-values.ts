import type { MergeNode } from '@weir/api/meta';
import { specMergeNode } from './layers.ts';

/** Fields that Go holds without a pointer: their zero value means "not set". */
const zeroMeansAbsent = new Set([
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'readOnly',
  'stdin',
  'stdinOnce',
  'tty',
  'hostPort',
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
  'partition',
  'chapAuthDiscovery',
  'chapAuthSession',
  'sslEnabled',
]);

/** Texts that Go holds behind a pointer and whose emptiness says something: no class, the core group, no exporter. */
const emptyMeansEmpty = new Set([
  'storageClassName',
  'volumeAttributesClassName',
  'runtimeClassName',
  'apiGroup',
  'group',
  'exporter',
  'exporterEndpoint',
  'sampler',
  'samplerArg',
]);

/** Maps with keys of the user's own, where an empty value is a value: `node-role.kubernetes.io/gpu: ""`. */
const maps = new Set([
  'labels',
  'annotations',
  'nodeSelector',
  'matchLabels',
  'limits',
  'requests',
  'overhead',
  'volumeAttributes',
  'options',
]);

/**
 * A layer as a patch: what says nothing is gone, and so are the directives of patches unless they are obeyed. Lists
 * that are replaced as a whole stay as they are, since nothing below shows through them.
 */
export function withoutZeroValues(spec: unknown, obeys = false): unknown {
  return strip(spec, specMergeNode, obeys);
}

function strip(value: unknown, node: MergeNode | undefined, obeys: boolean): unknown {
  if (!isRecord(value)) return plain(value);
  const kept: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) {
    if (isUnset(key, item) || (key.startsWith('$') && !(obeys && key === '$patch'))) continue;
    kept.push([key, stripField(key, item, node, obeys)]);
  }
  return Object.fromEntries(kept);
}

function stripField(key: string, item: unknown, node: MergeNode | undefined, obeys: boolean): unknown {
  // The picker's configuration is opaque: its empty values mean something to the picker.
  if (key === 'inline') return item;
  const field = node !== undefined && Object.hasOwn(node.fields, key) ? node.fields[key] : undefined;
  if (maps.has(key)) return plain(item);
  if (!Array.isArray(item)) return strip(item, field?.node, obeys);
  return field?.mergeKey === undefined ? plain(item) : item.map((one) => strip(one, field.node, obeys));
}

function isUnset(key: string, item: unknown): boolean {
  if (item === null || item === undefined) return true;
  if (item === '') return !emptyMeansEmpty.has(key);
  if (item === false || item === 0) return zeroMeansAbsent.has(key);
  return Array.isArray(item) && item.length === 0;
}

/** Without what no API server would keep. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => item !== null && item !== undefined && !key.startsWith('$'))
      .map(([key, item]) => [key, plain(item)]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

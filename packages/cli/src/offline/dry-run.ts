import { type KubeObject, keyOf } from '@weir/api/meta';
import { WeirError } from '@weir/core/errors';
import { type Client, isKubeError } from '@weir/kube';
import { type DiscoveredKind, kindOfObject } from '../cluster/discovery.ts';
import { nameOf } from './documents.ts';

/** What a server says to an object that is not written. */
export interface Foreseen {
  readonly before: KubeObject | undefined;
  /** Null: the server refuses it. */
  readonly after: KubeObject | null;
  readonly refusal?: string;
  readonly note?: string;
}

/** An object that never rests is compared as it is found. */
const maxTries = 5;

/**
 * Applies an object without storing it: defaults, conversion and admission included. The manager must be the one that
 * would write, for only its fields are removed.
 */
export async function dryRun(
  client: Client,
  kinds: readonly DiscoveredKind[],
  object: KubeObject,
  fieldManager: string,
): Promise<Foreseen> {
  let kind: DiscoveredKind;
  try {
    kind = kindOfObject(kinds, object);
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    return { before: undefined, after: null, refusal: `${nameOf(object)}: ${error.message}` };
  }
  let before = await client.find(kind, keyOf(object));
  const options = { dryRun: true, force: true, fieldManager, fieldValidation: 'Strict' } as const;
  try {
    for (let tries = 1; ; tries++) {
      const after = await client.apply(kind, object, options);
      // A trial leaves the version as it is: another one says that somebody wrote since we read.
      const isOfOneMoment = after.metadata.resourceVersion === before?.metadata.resourceVersion;
      if (isOfOneMoment || tries === maxTries) return { before, after };
      before = await client.find(kind, keyOf(object));
    }
  } catch (error) {
    if (!isKubeError(error)) throw error;
    const { namespace } = keyOf(object);
    if (isKubeError(error, 'NotFound') && error.status.details?.kind === 'namespaces') {
      const note = `namespace ${namespace} does not exist: what the server adds to objects in it is not shown`;
      return { before, after: object, note };
    }
    return { before, after: null, refusal: `${nameOf(object)}: the server refuses it: ${error.message}` };
  }
}

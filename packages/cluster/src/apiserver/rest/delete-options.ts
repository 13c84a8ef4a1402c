import { notSupported } from '@weir/api/meta';
import { badRequest, invalidOptions } from '../api-error.ts';
import type { ApiRequest } from '../request.ts';
import { decodeBody } from './decode.ts';
import { parseDryRun } from './write-options.ts';

export interface DeleteOptions {
  /** Null leaves the choice to the object's own finalizers. */
  readonly propagation: 'Background' | 'Foreground' | 'Orphan' | null;
  readonly gracePeriodSeconds: number | null;
  readonly uid: string | null;
  readonly resourceVersion: string | null;
  readonly dryRun: boolean;
  /** The options as the client sent them, for webhooks. */
  readonly sent: Readonly<Record<string, unknown>>;
}

const policies: readonly string[] = ['Foreground', 'Background', 'Orphan'];

/** Options of a DELETE: a DeleteOptions object in the body, or query parameters. */
export function parseDeleteOptions(request: ApiRequest): DeleteOptions {
  const body = request.body.length === 0 ? {} : toOptions(decodeBody(request));
  const { query } = request;
  const policy =
    text(body.propagationPolicy ?? query.get('propagationPolicy')) ?? propagationOf(body.orphanDependents);
  if (policy !== null && !policies.includes(policy)) {
    throw invalidOptions('DeleteOptions', notSupported('propagationPolicy', policy, [...policies, 'nil']));
  }
  const preconditions = (body.preconditions ?? {}) as Record<string, unknown>;
  const dryRun = Array.isArray(body.dryRun) ? body.dryRun.map(String) : [];
  return {
    propagation: policy as DeleteOptions['propagation'],
    gracePeriodSeconds: parseGrace(body.gracePeriodSeconds ?? query.get('gracePeriodSeconds')),
    uid: text(preconditions.uid),
    resourceVersion: text(preconditions.resourceVersion),
    dryRun: parseDryRun('DeleteOptions', [...dryRun, ...query.getAll('dryRun')]),
    sent: body,
  };
}

function toOptions(body: unknown): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw badRequest('the body of a delete must be a DeleteOptions object');
  }
  const { kind = 'DeleteOptions' } = body as { kind?: unknown };
  if (kind !== 'DeleteOptions')
    throw badRequest(`the body of a delete must be DeleteOptions, not ${String(kind)}`);
  return body as Record<string, unknown>;
}

function propagationOf(orphanDependents: unknown): DeleteOptions['propagation'] {
  if (typeof orphanDependents !== 'boolean') return null;
  return orphanDependents ? 'Orphan' : 'Background';
}

function parseGrace(value: unknown): number | null {
  if (value === undefined || value === null || value === '') return null;
  const seconds = Number(value);
  if (!Number.isInteger(seconds)) throw badRequest(`gracePeriodSeconds: Invalid value: "${String(value)}"`);
  return Math.max(0, seconds);
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

import { badRequest } from '../api-error.ts';
import type { ApiRequest } from '../request.ts';
import { decodeBody } from './decode.ts';
import { parseDryRun } from './write-options.ts';

export interface DeleteOptions {
  readonly propagation: 'Background' | 'Foreground' | 'Orphan';
  readonly gracePeriodSeconds: number | null;
  readonly uid: string | null;
  readonly resourceVersion: string | null;
  readonly dryRun: boolean;
}

const policies: readonly string[] = ['Background', 'Foreground', 'Orphan'];

/** Options of a DELETE: a DeleteOptions object in the body, or query parameters. */
export function parseDeleteOptions(request: ApiRequest): DeleteOptions {
  const body = request.body.length === 0 ? {} : toOptions(decodeBody(request));
  const { query } = request;
  const policy =
    text(body.propagationPolicy ?? query.get('propagationPolicy')) ?? propagationOf(body.orphanDependents);
  if (!policies.includes(policy)) {
    const listed = [...policies].map((one) => `"${one}"`).join(', ');
    throw badRequest(`propagationPolicy: Unsupported value: "${policy}": supported values: ${listed}`);
  }
  const preconditions = (body.preconditions ?? {}) as Record<string, unknown>;
  const dryRun = Array.isArray(body.dryRun) ? body.dryRun.map(String) : [];
  return {
    propagation: policy as DeleteOptions['propagation'],
    gracePeriodSeconds: parseGrace(body.gracePeriodSeconds ?? query.get('gracePeriodSeconds')),
    uid: text(preconditions.uid),
    resourceVersion: text(preconditions.resourceVersion),
    dryRun: parseDryRun([...dryRun, ...query.getAll('dryRun')]),
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
  return orphanDependents === true ? 'Orphan' : 'Background';
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

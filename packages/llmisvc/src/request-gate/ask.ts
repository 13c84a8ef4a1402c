import { toError } from '@weir/core/errors';
import type { ProbeResponse, Send } from './send.ts';
import type { GateTarget, ProbeAddress } from './target.ts';

/** What became of asking a service once. */
export type Outcome =
  | { readonly type: 'answered'; readonly url: string }
  /** Clients would get no answer either. */
  | { readonly type: 'failed'; readonly message: string }
  /** Somebody answered whose answer counts for another revision. */
  | { readonly type: 'elsewhere'; readonly message: string }
  /** The service works and has too much to do. */
  | { readonly type: 'busy'; readonly message: string }
  /** What clients get cannot be told from here. */
  | { readonly type: 'inconclusive'; readonly message: string };

export interface AskOptions {
  readonly send: Send;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const optOut = 'set --ready-gate=kserve';

/** One completion of one token; of an engine that has none, one embedding. */
export async function askService(target: GateTarget, options: AskOptions): Promise<Outcome> {
  const problems: string[] = [];
  for (const address of target.addresses) {
    try {
      return await askAt(address, target, options);
    } catch (error) {
      if (options.signal.aborted) throw error;
      const problem = toError(error) as NodeJS.ErrnoException;
      if (isUntrusted(problem)) return untrusted(address, problem);
      problems.push(`no answer at ${address.via} (${address.url}): ${problem.message || problem.code}`);
    }
  }
  const hint = `if clients reach this address and the controller cannot, ${optOut}`;
  return { type: 'failed', message: `${problems[0] ?? 'there is no address to ask'} — ${hint}` };
}

/** The certificate may be fine for clients that know its authority. */
const untrustedCodes = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

export function isUntrusted(error: unknown): boolean {
  return untrustedCodes.has((error as NodeJS.ErrnoException).code ?? '');
}

function untrusted({ url }: ProbeAddress, { message }: Error): Outcome {
  return {
    type: 'inconclusive',
    message: `the certificate of ${url} cannot be checked: ${message} — give the controller its authority in NODE_EXTRA_CA_CERTS`,
  };
}

async function askAt(address: ProbeAddress, target: GateTarget, options: AskOptions): Promise<Outcome> {
  const { model } = target;
  const completion = await send(address, '/v1/completions', options, { model, prompt: 'Hi', max_tokens: 1 });
  const { status } = completion;
  if (isSuccess(completion)) {
    return hasItems(completion, 'choices')
      ? answered(address, target, completion)
      : { type: 'failed', message: explain(address, completion, 'holds no completion') };
  }
  if (status === 401 || status === 403) {
    const message = `${explain(address, completion)} — the gate has no credentials: ${optOut} if clients have`;
    return { type: 'inconclusive', message };
  }
  if (status === 429) return { type: 'busy', message: explain(address, completion) };
  if (notOfferedStatuses.has(status)) return askOtherwise(address, target, completion, options);
  return { type: 'failed', message: explain(address, completion) };
}

function answered({ url }: ProbeAddress, { formerPods }: GateTarget, { servedBy }: ProbeResponse): Outcome {
  if (servedBy === undefined || !formerPods.includes(servedBy)) return { type: 'answered', url };
  return { type: 'elsewhere', message: `pod ${servedBy} of an earlier revision answered` };
}

/** Engines answer so where they have no completions, and where they do not know the model. */
const notOfferedStatuses = new Set([400, 404, 405, 422, 501]);

async function askOtherwise(
  address: ProbeAddress,
  target: GateTarget,
  completion: ProbeResponse,
  options: AskOptions,
): Promise<Outcome> {
  const { model } = target;
  const models = await send(address, '/v1/models', options);
  if (!isSuccess(models) || !listsModel(models, model)) {
    return { type: 'failed', message: explain(address, completion) };
  }
  const embedding = await send(address, '/v1/embeddings', options, { model, input: 'Hi' });
  if (isSuccess(embedding) && hasItems(embedding, 'data')) return answered(address, target, embedding);
  if (!notOfferedStatuses.has(embedding.status)) {
    return { type: 'failed', message: explain(address, embedding) };
  }
  const message = `${explain(address, completion)} — the model is listed, but offers neither completions nor embeddings to ask for`;
  return { type: 'inconclusive', message };
}

function send(
  address: ProbeAddress,
  path: string,
  options: AskOptions,
  body?: object,
): Promise<ProbeResponse> {
  const request = {
    method: body === undefined ? ('GET' as const) : ('POST' as const),
    url: `${address.url.replace(/\/+$/, '')}${path}`,
    connect: address.connect,
    timeoutMs: options.timeoutMs,
    ...(address.headers === undefined ? {} : { headers: address.headers }),
    ...(address.caPem === undefined ? {} : { caPem: address.caPem }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  return options.send(request, options.signal);
}

function isSuccess({ status }: ProbeResponse): boolean {
  return status >= 200 && status < 300;
}

function hasItems({ body }: ProbeResponse, key: 'choices' | 'data'): boolean {
  const items = parse(body)?.[key];
  return Array.isArray(items) && items.length > 0;
}

function listsModel({ body }: ProbeResponse, model: string): boolean {
  const models = parse(body)?.data;
  return Array.isArray(models) && models.some((one) => (one as { id?: unknown } | null)?.id === model);
}

function parse(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

const shownBodyLength = 200;

/** `503 at gateway → pool (URL): no endpoint is ready`. */
function explain({ via, url }: ProbeAddress, { status, body }: ProbeResponse, problem = ''): string {
  const { error, message } = (parse(body) ?? {}) as {
    error?: { message?: unknown } | null;
    message?: unknown;
  };
  const told = [error?.message, message].find((one) => typeof one === 'string') ?? body;
  const text = String(told)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, shownBodyLength);
  return `${status} at ${via} (${url})${problem === '' ? '' : ` ${problem}`}${text === '' ? '' : `: ${text}`}`;
}

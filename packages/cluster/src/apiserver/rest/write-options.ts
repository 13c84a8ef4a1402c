import { notSupported } from '@weir/api/meta';
import { badRequest, invalidOptions } from '../api-error.ts';
import type { UserInfo } from '../auth/user.ts';
import type { ApiRequest } from '../request.ts';

export interface WriteOptions {
  readonly user: UserInfo;
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  /** The options as the client sent them, for webhooks. */
  readonly sent: Readonly<Record<string, unknown>>;
}

const maxManagerLength = 128;

const optionsKind: Readonly<Record<string, string>> = {
  POST: 'CreateOptions',
  PUT: 'UpdateOptions',
  PATCH: 'PatchOptions',
};

export function parseWriteOptions(request: ApiRequest): WriteOptions {
  const { query } = request;
  const options = optionsKind[request.method] ?? 'CreateOptions';
  const manager = query.get('fieldManager') ?? '';
  if (manager.length > maxManagerLength) {
    throw badRequest(`fieldManager: Too long: may not be more than ${maxManagerLength} bytes`);
  }
  return {
    user: request.user,
    dryRun: parseDryRun(options, query.getAll('dryRun')),
    fieldManager: manager === '' ? managerOf(request.header('user-agent')) : manager,
    fieldValidation: parseFieldValidation(options, query.get('fieldValidation') ?? ''),
    sent: sentOptions(query),
  };
}

function sentOptions(query: URLSearchParams): Record<string, unknown> {
  const dryRun = query.getAll('dryRun');
  const texts = ['fieldManager', 'fieldValidation'].flatMap((name) => {
    const text = query.get(name) ?? '';
    return text === '' ? [] : [[name, text] as const];
  });
  return { ...(dryRun.length === 0 ? {} : { dryRun }), ...Object.fromEntries(texts) };
}

/** `All` is the only value that Kubernetes knows. */
export function parseDryRun(options: string, values: readonly string[]): boolean {
  const unknown = values.find((value) => value !== 'All' && value !== '');
  if (unknown !== undefined) throw invalidOptions(options, notSupported('dryRun', unknown, ['All']));
  return values.includes('All');
}

function parseFieldValidation(options: string, text: string): WriteOptions['fieldValidation'] {
  if (text === '') return 'Warn';
  if (text === 'Strict' || text === 'Warn' || text === 'Ignore') return text;
  throw invalidOptions(options, notSupported('fieldValidation', text, ['Ignore', 'Strict', 'Warn']));
}

/** Without a name of its own a writer is called by the program in its User-Agent. */
function managerOf(userAgent: string | undefined): string {
  const program = (userAgent ?? '').split('/')[0]?.trim() ?? '';
  return program === '' ? 'unknown' : program.slice(0, maxManagerLength);
}

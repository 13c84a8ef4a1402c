import { badRequest } from '../api-error.ts';
import type { ApiRequest } from '../request.ts';

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
}

const maxManagerLength = 128;

export function parseWriteOptions(request: ApiRequest): WriteOptions {
  const { query } = request;
  const manager = query.get('fieldManager') ?? '';
  if (manager.length > maxManagerLength) {
    throw badRequest(`fieldManager: Too long: may not be more than ${maxManagerLength} bytes`);
  }
  return {
    dryRun: parseDryRun(query.getAll('dryRun')),
    fieldManager: manager === '' ? managerOf(request.header('user-agent')) : manager,
    fieldValidation: parseFieldValidation(query.get('fieldValidation') ?? ''),
  };
}

/** `All` is the only value that Kubernetes knows. */
export function parseDryRun(values: readonly string[]): boolean {
  const unknown = values.find((value) => value !== 'All' && value !== '');
  if (unknown !== undefined)
    throw badRequest(`dryRun: Unsupported value: "${unknown}": supported values: "All"`);
  return values.includes('All');
}

function parseFieldValidation(text: string): WriteOptions['fieldValidation'] {
  if (text === '') return 'Warn';
  if (text === 'Strict' || text === 'Warn' || text === 'Ignore') return text;
  throw badRequest(
    `fieldValidation: Unsupported value: "${text}": supported values: "Ignore", "Strict", "Warn"`,
  );
}

/** Without a name of its own a writer is called by the program in its User-Agent. */
function managerOf(userAgent: string | undefined): string {
  const program = (userAgent ?? '').split('/')[0]?.trim() ?? '';
  return program === '' ? 'unknown' : program.slice(0, maxManagerLength);
}

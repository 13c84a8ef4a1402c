import { access, writeFile } from 'node:fs/promises';
import type { Env } from '../transfer/http.ts';
import type { FailureReason } from '../transfer/source-error.ts';
import type { FetchedModel } from './fetch-model.ts';

interface Failure {
  readonly reason: FailureReason;
  readonly message: string;
  /** One entry for each source: which, and why it gave nothing. */
  readonly tried: readonly string[];
}

/** What the container says when it ends; the controller reads it from the pod's status. Kubernetes keeps 4 KiB. */
export async function writeTermination(env: Env, result: readonly FetchedModel[] | Failure): Promise<void> {
  const path = env.WEIR_TERMINATION_LOG ?? '/dev/termination-log';
  if (!(await isThere(path))) return;
  await writeFile(path, terminationText(result));
}

function terminationText(result: readonly FetchedModel[] | Failure): string {
  if ('reason' in result) {
    const { reason, message, tried } = result;
    return JSON.stringify({
      reason,
      message: message.slice(0, 1500),
      tried: tried.slice(0, 6).map((text) => text.slice(0, 350)),
    });
  }
  const [first, ...others] = result;
  return JSON.stringify({ ...first, ...(others.length === 0 ? {} : { others }) }).slice(0, 4096);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

import { closeSync, openSync, readSync } from 'node:fs';
import type { Container } from '@weir/api/workloads';
import type { LogStore } from '../runtime/index.ts';

const maxMessageBytes = 4096;
const maxLogBytes = 2048;
const maxLogLines = 80;

/** What a container says about its end: its message file or, where asked for after a failure, the end of its log. */
export async function readTerminationMessage(
  container: Container,
  exitCode: number,
  files: { readonly message: string; readonly log: string; readonly logs: LogStore },
): Promise<string> {
  const message = readHead(files.message);
  if (message !== '' || exitCode === 0 || container.terminationMessagePolicy !== 'FallbackToLogsOnError')
    return message;
  const parts: Uint8Array[] = [];
  const options = { follow: false, tailLines: maxLogLines, signal: new AbortController().signal };
  for await (const part of files.logs.read(files.log, options)) parts.push(part);
  const text = Buffer.concat(parts);
  return text.subarray(Math.max(0, text.length - maxLogBytes)).toString();
}

function readHead(path: string): string {
  try {
    const descriptor = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(maxMessageBytes);
      return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, maxMessageBytes, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return '';
  }
}

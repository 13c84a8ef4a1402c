import type { KubeObject, KubeStatus } from '@weir/api/meta';
import { KubeError } from './errors.ts';

export interface WatchEvent<T extends KubeObject = KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

/** One line of a watch may hold an object of this many bytes; etcd's own limit is 1.5 MiB. */
const maxLineBytes = 8 * 1024 * 1024;

/** Decodes the JSON lines of a watch response. An ERROR event ends the iteration with a `KubeError`. */
export async function* readWatch<T extends KubeObject>(response: Response): AsyncGenerator<WatchEvent<T>> {
  if (response.body === null) return;
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    rest += decoder.decode(chunk, { stream: true });
    let newline = rest.indexOf('\n');
    let start = 0;
    while (newline >= 0) {
      const line = rest.slice(start, newline).trim();
      start = newline + 1;
      newline = rest.indexOf('\n', start);
      if (line !== '') yield parseLine<T>(line);
    }
    rest = rest.slice(start);
    if (rest.length > maxLineBytes) throw new Error(`watch event of more than ${maxLineBytes} bytes`);
  }
}

function parseLine<T extends KubeObject>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as { type: string; object: unknown };
  if (event.type === 'ERROR') throw new KubeError(event.object as KubeStatus);
  return event as WatchEvent<T>;
}

/** One buffer, so that one write and mostly one segment carry the request. */
export function joinHeadAndBody(head: string, body: Buffer): Buffer | string {
  if (body.length === 0) return head;
  const joined = Buffer.allocUnsafe(head.length + body.length);
  joined.write(head, 'latin1');
  body.copy(joined, head.length);
  return joined;
}

/** Payload as a chunk of its own; the client's chunks never go further. */
export function frameChunk(bytes: Buffer, isLast: boolean): Buffer {
  const parts: Buffer[] = [];
  if (bytes.length > 0)
    parts.push(Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n'));
  if (isLast) parts.push(Buffer.from('0\r\n\r\n'));
  return Buffer.concat(parts);
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkedReader } from './chunked.ts';

/** Feeds the bytes in pieces and returns payload and how far the body went. */
function read(pieces: readonly Buffer[]): { payload: string; consumed: number; isDone: boolean } {
  const reader = new ChunkedReader();
  let payload = '';
  let consumed = 0;
  for (const piece of pieces) {
    consumed += reader.push(piece, 0, piece.length, (buffer, start, end) => {
      payload += buffer.toString('latin1', start, end);
    });
  }
  return { payload, consumed, isDone: reader.isDone };
}

test('any chunked body gives its payload however it is cut, and stops at its end', () => {
  const chunk = fc.record({
    data: fc.string({ minLength: 1, maxLength: 40, unit: 'binary-ascii' }),
    extension: fc.constantFrom('', ';a', ';a=b'),
  });
  const trailers = fc.constantFrom('', 'A: b\r\n', 'A: b\r\nC: d\r\n');
  fc.assert(
    fc.property(fc.array(chunk), trailers, fc.array(fc.nat(200)), (chunks, trailer, cuts) => {
      const text = chunks.map(
        ({ data, extension }) => `${data.length.toString(16)}${extension}\r\n${data}\r\n`,
      );
      const body = Buffer.from(`${text.join('')}0\r\n${trailer}\r\n`, 'latin1');
      const whole = Buffer.concat([body, Buffer.from('GET / HTTP/1.1')]);
      const ends = [...new Set(cuts.filter((cut) => cut < whole.length))].sort((a, b) => a - b);
      const pieces = [...ends, whole.length].map((end, i) => whole.subarray(ends[i - 1] ?? 0, end));
      expect(read(pieces)).toEqual({
        payload: chunks.map(({ data }) => data).join(''),
        consumed: body.length,
        isDone: true,
      });
    }),
  );
});

test('arbitrary bytes never do anything but give payload or an HTTP error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      try {
        read([Buffer.from(bytes)]);
      } catch (error) {
        expect(error).toMatchObject({ name: 'HttpError', status: 400 });
      }
    }),
  );
});

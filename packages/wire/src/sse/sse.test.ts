import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSse, SseDecoder, sseDone } from './index.ts';

function decode(chunks: readonly Uint8Array[]): string[] {
  const decoder = new SseDecoder();
  return [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.end()];
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('server-sent events', () => {
  it('encodes one event per payload', () => {
    expect(encodeSse('{"a":1}')).toBe('data: {"a":1}\n\n');
    expect(encodeSse(sseDone)).toBe('data: [DONE]\n\n');
    expect(encodeSse('a\nb')).toBe('data: a\ndata: b\n\n');
  });

  it('gives back what was encoded, however the bytes are cut', () => {
    const payload = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(fc.array(payload), fc.array(fc.nat(200)), (payloads, cuts) => {
        const whole = bytes(payloads.map(encodeSse).join(''));
        const points = [...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length];
        const chunks = points.map((point, i) => whole.subarray(points[i - 1] ?? 0, point));
        expect(decode(chunks)).toEqual(payloads);
      }),
    );
  });

  it('accepts every line end and skips comments and other fields', () => {
    const text = ': hello\r\nevent: x\r\ndata: one\r\n\r\nid: 3\rdata:two\r\r\ndata: three\n\n';
    expect(decode([bytes(text)])).toEqual(['one', 'two', 'three']);
    expect(decode(Array.from(bytes(text), (byte) => Uint8Array.of(byte)))).toEqual(['one', 'two', 'three']);
  });

  it('drops an event that never ends', () => {
    expect(decode([bytes('data: whole\n\ndata: half\n')])).toEqual(['whole']);
  });

  it('refuses an event of endless size', () => {
    const decoder = new SseDecoder();
    const chunk = bytes(`data: ${'x'.repeat(1024 * 1024)}`);
    expect(() => {
      for (let i = 0; i < 9; i++) decoder.push(chunk);
    }).toThrow('too large');
  });
});

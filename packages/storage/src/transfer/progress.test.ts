import { expect, test, vi } from 'vitest';
import { Progress } from './progress.ts';

const gib = 1024 ** 3;

test('a download says how far it is, how fast, and how long it took', () => {
  vi.useFakeTimers();
  try {
    const lines: string[] = [];
    let now = 0;
    const progress = new Progress({ write: (line) => lines.push(line), nowMs: () => now });
    progress.begin('downloading model', 23 * gib);
    const tick = (bytes: number): void => {
      progress.add(bytes);
      now += 5000;
      vi.advanceTimersByTime(5000);
    };
    progress.skip(13 * gib);
    tick(1.2 * gib);
    tick(0);
    progress.stop();
    now += 5000;
    vi.advanceTimersByTime(20_000);
    expect(lines).toEqual([
      'downloading model (23.0 GiB)',
      '61% 14.2/23.0 GiB 245.8 MiB/s',
      '61% 14.2/23.0 GiB 0 B/s',
    ]);
    expect(progress.elapsed).toBe('15.0 s');
  } finally {
    vi.useRealTimers();
  }
});

test('without a known size it counts bytes', () => {
  vi.useFakeTimers();
  try {
    const lines: string[] = [];
    let now = 0;
    const progress = new Progress({ write: (line) => lines.push(line), nowMs: () => now });
    progress.begin('downloading', 0);
    progress.set(10 * 1024 ** 2);
    now += 5000;
    vi.advanceTimersByTime(5000);
    progress.stop();
    expect(lines).toEqual(['downloading', '10.0 MiB 2.0 MiB/s']);
  } finally {
    vi.useRealTimers();
  }
});

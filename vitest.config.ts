import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // One module graph per worker: a third of the time. Modules keep no state that a test could see.
          isolate: false,
          // Vitest leaves one core to itself; of two that would be half, though it has little to do.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
          // For machines that are busy with other things; alone no test takes three seconds.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // While one waits for a lease or a back-off, the other works; each needs up to 3 GB with what it starts.
          maxWorkers: 2,
        },
      },
    ],
  },
});

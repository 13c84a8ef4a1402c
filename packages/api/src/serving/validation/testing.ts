import { expect } from 'vitest';
import type { ObjectMeta } from '../../meta/index.ts';
import type { LLMInferenceServiceSpec } from '../types.ts';
import { ruleErrors } from './index.ts';

/** One line per error of KServe's rules: type, path and detail. All come with advice. */
export function errorsOf(
  spec: unknown,
  more: { version?: string; metadata?: ObjectMeta; oldSpec?: unknown } = {},
): string[] {
  const errors = ruleErrors({
    spec: { model: { uri: 'hf://a/b', name: 'base' }, ...(spec as LLMInferenceServiceSpec) },
    metadata: more.metadata ?? { name: 'x' },
    version: more.version ?? 'v1alpha2',
    oldSpec: (more.oldSpec ?? null) as LLMInferenceServiceSpec | null,
  });
  // A wrong type says itself what to write.
  expect(errors.filter(({ type, hint = '' }) => type !== 'TypeInvalid' && hint === '')).toEqual([]);
  return errors.map(({ type, path, detail }) => `${type} ${path} ${detail}`);
}

/** Matches lines that contain these texts, in this order. */
export function containing(...texts: string[]): unknown[] {
  return texts.map((text) => expect.stringContaining(text));
}

/** The least worker that makes a workload one of several nodes. */
export const workers: Readonly<Record<string, unknown>> = { containers: [{ name: 'main' }] };

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KubeObject } from '@weir/api/meta';
import { parse, parseAllDocuments } from 'yaml';

const folder = fileURLToPath(new URL('../../../test/guide/', import.meta.url));

/** One change of an example, and what follows from it. */
export interface GuideEdit {
  readonly example: string;
  /** Index of the changed document; default 0. */
  readonly at?: number;
  /** A merge patch. */
  readonly patch: unknown;
  /** Such as `Deployment a-kserve changed: spec.replicas`. */
  readonly changes: readonly string[];
}

/** `f01-model` and so on: the examples of the guide, in its order. */
export const guideExamples: readonly string[] = readdirSync(folder)
  .filter((file) => /^f\d\d-/.test(file))
  .map((file) => path.basename(file, '.yaml'))
  .sort();

export function guideEdits(): readonly GuideEdit[] {
  return parse(readFileSync(path.join(folder, 'edits.yaml'), 'utf8')) as readonly GuideEdit[];
}

/** The documents of an example, moved to another namespace so that examples of the same name do not meet. */
export function guideDocuments(example: string, namespace = 'demo'): KubeObject[] {
  const text = readFileSync(path.join(folder, `${example}.yaml`), 'utf8');
  const documents = parseAllDocuments(text.replaceAll('namespace: demo', `namespace: ${namespace}`));
  return documents.map((document) => document.toJS() as KubeObject);
}

/** The documents of an example after its edit. */
export function editedDocuments({ example, at = 0, patch }: GuideEdit, namespace: string): KubeObject[] {
  const documents = guideDocuments(example, namespace);
  return documents.with(at, mergePatch(documents[at], patch) as KubeObject);
}

/** RFC 7396: null removes, lists are replaced. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const isObject = typeof target === 'object' && target !== null && !Array.isArray(target);
  const merged: Record<string, unknown> = isObject ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

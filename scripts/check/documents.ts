import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Paths in back quotes of a document that look like files or folders of the repository and do not exist. */
export function missingPaths(root: string, document: string): string[] {
  const text = readFileSync(path.join(root, document), 'utf8').replace(/```[\s\S]*?```/g, '');
  const named = [...text.matchAll(/`([\w.-]+(?:\/[\w.*<>{},-]+)+\/?|[\w-]+\.(?:md|json|ts|mjs|yaml))`/g)].map(
    ([, name]) => name ?? '',
  );
  const isPattern = (name: string): boolean => /[*<>{}]/.test(name);
  return [...new Set(named)].filter(
    (name) => !isPattern(name) && isRepositoryPath(name) && !existsSync(path.join(root, name)),
  );
}

const roots = ['packages', 'config', 'test', 'bench', 'docs', 'scripts', '.ci'];

function isRepositoryPath(name: string): boolean {
  return roots.includes(name.split('/')[0] ?? '') || /^[A-Z]+\.md$/.test(name);
}

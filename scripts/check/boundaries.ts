import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What a package may import (docs/architecture.md, "Packages"). */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  api: ['core'],
  wire: ['core'],
  kube: ['core', 'api'],
  storage: ['core', 'api'],
  engines: ['core', 'api', 'wire'],
  epp: ['core', 'api', 'wire', 'kube', 'engines'],
  llmisvc: ['core', 'api', 'wire', 'kube', 'storage', 'engines', 'epp'],
  'engine-cpu': ['core', 'wire'],
  gateway: ['core', 'api', 'wire', 'kube', 'epp'],
  cluster: ['core', 'api', 'kube'],
  cli: [
    'core',
    'api',
    'wire',
    'kube',
    'storage',
    'engines',
    'epp',
    'llmisvc',
    'engine-cpu',
    'gateway',
    'cluster',
  ],
  testing: [
    'core',
    'api',
    'wire',
    'kube',
    'storage',
    'engines',
    'epp',
    'llmisvc',
    'engine-cpu',
    'gateway',
    'cluster',
    'cli',
  ],
};

/** Some packages may use only a part of another one: importer → imported → subpaths. */
const onlySubpaths: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  llmisvc: { storage: ['attach'], epp: ['config'] },
};

/** Folders without I/O, clock or chance: same input, same output. */
const pureZones = [
  'api/src/',
  'llmisvc/src/desired/',
  'llmisvc/src/config/',
  'llmisvc/src/rollout/',
  'llmisvc/src/status/',
  'epp/src/scheduling/',
];
const impure: readonly (readonly [RegExp, string])[] = [
  [/from 'node:/, 'imports a node: module'],
  [/\bDate\.now\(|new Date\(\)/, 'reads the clock'],
  [/\bMath\.random\(/, 'uses chance'],
  [/\bprocess\./, 'touches the process'],
  [/\basync\s+(function|\()|\bawait\s/, 'is asynchronous'],
];

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly problem: string;
}

/** Checks every source file below `packages`; tests may import anything that their package may, and testing too. */
export function checkBoundaries(packagesFolder: string): Violation[] {
  return readdirSync(packagesFolder).flatMap((name) =>
    sourceFiles(path.join(packagesFolder, name, 'src')).flatMap((file) =>
      checkFile(path.relative(packagesFolder, file).replaceAll(path.sep, '/'), readFileSync(file, 'utf8')),
    ),
  );
}

/** `file` is relative to the packages folder, with forward slashes. */
export function checkFile(file: string, text: string): Violation[] {
  const owner = file.slice(0, file.indexOf('/'));
  const isTest = /\.(test|contract)\.ts$/.test(file);
  const violations: Violation[] = [];
  text.split('\n').forEach((content, index) => {
    const report = (problem: string): void => {
      violations.push({ file, line: index + 1, problem });
    };
    const specifier = /(?:from|import)\s*\(?\s*'([^']+)'/.exec(content)?.[1];
    if (specifier !== undefined) checkImport(owner, file, specifier, isTest, report);
    if (isTest || /^\s*(\/\/|\*|\/\*)/.test(content)) return;
    if (!mayTouchProcess(owner, file) && /\bprocess\.(env|exit)\b/.test(content))
      report('reads the environment or ends the process');
    if (pureZones.some((zone) => file.startsWith(zone)) && !file.includes('/gen/')) {
      for (const [pattern, what] of impure) if (pattern.test(content)) report(`a pure zone ${what}`);
    }
  });
  return violations;
}

function mayTouchProcess(owner: string, file: string): boolean {
  return owner === 'cli' || owner === 'testing' || file.endsWith('/main.ts');
}

function checkImport(
  owner: string,
  file: string,
  specifier: string,
  isTest: boolean,
  report: (problem: string) => void,
): void {
  if (specifier.startsWith('.')) {
    const target = path.posix.join(path.posix.dirname(file), specifier);
    if (!target.startsWith(`${owner}/`)) report(`reaches into another package: ${specifier}`);
    return;
  }
  const match = /^@weir\/([\w-]+)(?:\/(.*))?$/.exec(specifier);
  if (match === null) return;
  const [, imported = '', subpath = ''] = match;
  if (subpath.startsWith('src')) report(`deep import: ${specifier}`);
  if (imported === owner || (isTest && imported === 'testing')) return;
  if (!(allowed[owner] ?? []).includes(imported)) report(`${owner} must not import ${imported}`);
  const subpaths = onlySubpaths[owner]?.[imported];
  if (subpaths !== undefined && !subpaths.includes(subpath))
    report(`${owner} may import only ${subpaths.map((s) => `${imported}/${s}`).join(', ')}`);
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(name);
    return entry.name.endsWith('.ts') ? [name] : [];
  });
}

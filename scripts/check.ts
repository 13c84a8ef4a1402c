// `npm run check`: what neither the compiler nor the linter sees. Ends with 1 and one line per problem.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkBoundaries } from './check/boundaries.ts';
import { missingPaths } from './check/documents.ts';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const problems: string[] = [];

for (const { file, line, problem } of checkBoundaries(path.join(root, 'packages'))) {
  problems.push(`packages/${file}:${line}: ${problem}`);
}
for (const document of ['README.md', 'CONTRIBUTING.md', 'docs/architecture.md']) {
  for (const name of missingPaths(root, document)) problems.push(`${document}: ${name} does not exist`);
}
if (/"resolved":\s*"https?:/.test(readFileSync(path.join(root, 'package-lock.json'), 'utf8'))) {
  problems.push(
    'package-lock.json: holds download addresses; make it anew with omit-lockfile-registry-resolved=true',
  );
}
// Needs Go for the API documents; a laptop without it relies on the build machine.
if (process.env.CI === 'true') problems.push(...generatedCodeProblems());

for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? 'checks passed' : `${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);

function generatedCodeProblems(): string[] {
  execFileSync('npm', ['run', '--silent', 'generate'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const changed = execFileSync('git', ['status', '--porcelain', '--', ':(glob)**/gen/**'], {
    cwd: root,
    encoding: 'utf8',
  });
  return changed === '' ? [] : [`generated code differs from what \`npm run generate\` makes:\n${changed}`];
}

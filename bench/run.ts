// `npm run bench -- NAME…`: one process per measurement, its JSON on standard output. Without names: the list.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.dirname(fileURLToPath(import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length));
const wanted = process.argv.slice(2);

if (wanted.length === 0) {
  console.log(`npm run bench -- NAME…, or all\n\n${names.map((name) => `  ${name}`).join('\n')}`);
} else {
  for (const name of wanted.includes('all') ? names : wanted) {
    if (!names.includes(name)) {
      console.error(`no measurement is called ${name}; there are ${names.join(', ')}`);
      process.exit(1);
    }
    console.error(`--- ${name}`);
    const { status } = spawnSync(process.execPath, ['--import', 'tsx', path.join(folder, `${name}.ts`)], {
      stdio: 'inherit',
    });
    if (status !== 0) process.exit(status ?? 1);
  }
}

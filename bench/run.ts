// `npm run bench -- NAME… [--FLAG…]`: one process per measurement, which gets the flags. Without names: the list.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.dirname(fileURLToPath(import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length));
const argv = process.argv.slice(2);
const firstFlag = argv.findIndex((text) => text.startsWith('--'));
const wanted = firstFlag < 0 ? argv : argv.slice(0, firstFlag);
const flags = firstFlag < 0 ? [] : argv.slice(firstFlag);

if (wanted.length === 0) {
  console.log(`npm run bench -- NAME…, or all\n\n${names.map((name) => `  ${name}`).join('\n')}`);
} else {
  for (const name of wanted.includes('all') ? names : wanted) {
    if (!names.includes(name)) {
      console.error(`no measurement is called ${name}; there are ${names.join(', ')}`);
      process.exit(1);
    }
    console.error(`--- ${name}`);
    const script = path.join(folder, `${name}.ts`);
    const { status } = spawnSync(process.execPath, ['--import', 'tsx', script, ...flags], {
      stdio: 'inherit',
    });
    if (status !== 0) process.exit(status ?? 1);
  }
}

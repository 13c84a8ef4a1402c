import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Env } from '../../transfer/http.ts';

/** The package indexes that the user configured for pip: variables first, then its files. There is no default. */
export async function configuredIndexes(env: Env): Promise<string[]> {
  const files = await Promise.all(configFiles(env).map(readSettings));
  const setting = (name: string): string | undefined =>
    files.find((settings) => settings.has(name))?.get(name);
  const main = env.PIP_INDEX_URL ?? setting('index-url');
  const extra = env.PIP_EXTRA_INDEX_URL ?? setting('extra-index-url');
  return `${main ?? ''} ${extra ?? ''}`.split(/\s+/).filter((url) => URL.canParse(url));
}

/** Most specific first. */
function configFiles(env: Env): string[] {
  const home = env.HOME;
  const ofUser =
    home === undefined
      ? []
      : [
          join(env.XDG_CONFIG_HOME ?? join(home, '.config'), 'pip', 'pip.conf'),
          join(home, '.pip', 'pip.conf'),
        ];
  return [...(env.PIP_CONFIG_FILE === undefined ? [] : [env.PIP_CONFIG_FILE]), ...ofUser, '/etc/pip.conf'];
}

/** Sections `download` and `global` of an ini file; the first wins. */
async function readSettings(path: string): Promise<Map<string, string>> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  let key = '';
  for (const line of text.split('\n')) {
    const header = /^\[(.+)\]\s*$/.exec(line);
    const pair = /^([\w-]+)\s*[=:]\s*(.*)$/.exec(line);
    if (header !== null) {
      section = new Map();
      sections.set(header[1] ?? '', section);
    } else if (pair !== null) {
      key = pair[1] ?? '';
      section.set(key, (pair[2] ?? '').trim());
    } else if (/^\s+\S/.test(line)) section.set(key, `${section.get(key) ?? ''} ${line.trim()}`);
  }
  return new Map([...(sections.get('global') ?? []), ...(sections.get('download') ?? [])]);
}

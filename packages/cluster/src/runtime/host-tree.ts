import { lstatSync, readdirSync, readlinkSync } from 'node:fs';

export type PathKind = 'directory' | 'file' | 'symlink' | 'absent';

/** What a view of the root file system is computed from. */
export interface HostTree {
  kind(path: string): PathKind;
  entries(path: string): readonly string[];
  readLink(path: string): string;
}

/** This machine's file system; what may not be read counts as absent. */
export const hostTree: HostTree = {
  kind: (path) => {
    try {
      const stat = lstatSync(path);
      return stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'symlink' : 'file';
    } catch {
      return 'absent';
    }
  },
  entries: (path) => {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  },
  readLink: (path) => readlinkSync(path),
};

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** "process name (pid N)" of whoever listens on a local TCP port, or null when it cannot be told. */
export function portOwner(port: number): string | null {
  try {
    const inode = listeningInode(port);
    return inode === null ? null : ownerOfSocket(inode);
  } catch {
    return null;
  }
}

function listeningInode(port: number): string | null {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(`:${hexPort}`) && fields[3] === '0A') return fields[9] ?? null;
    }
  }
  return null;
}

function ownerOfSocket(inode: string): string | null {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const links = readdirSync(`/proc/${pid}/fd`);
      if (links.some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`)) {
        return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (pid ${pid})`;
      }
    } catch {
      // The process ended, or belongs to another user.
    }
  }
  return null;
}

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

/** Whether anything listens on a loopback address of the range `127.b.c.0/20`. */
export function hasListeners(range: string): boolean {
  const [, second, third] = range.split(/[./]/).map(Number);
  try {
    return readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .slice(1)
      .some((line) => {
        const fields = line.trim().split(/\s+/);
        // The address is written backwards: 0100007F is 127.0.0.1.
        const bytes =
          (fields[1] ?? '')
            .slice(0, 8)
            .match(/../g)
            ?.map((byte) => Number.parseInt(byte, 16)) ?? [];
        const isInRange = bytes[3] === 127 && bytes[2] === second && ((bytes[1] ?? -1) & 0xf0) === third;
        return fields[3] === '0A' && isInRange;
      });
  } catch {
    return false;
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

import { defineErrors, type ErrorFactory } from '@weir/core/errors';

type StoreErrorName = 'DISK_FULL' | 'WRITE_FAILED' | 'UNREADABLE' | 'CORRUPT' | 'GAP' | 'LOCKED' | 'CLOSED';

/** What can go wrong below the API; `storeErrors.DISK_FULL` and friends reach clients as a Status. */
export const storeErrors: Readonly<Record<StoreErrorName, ErrorFactory>> = defineErrors('STORE', {
  DISK_FULL: {
    status: 507,
    message:
      'the disk is full: {file} could not be written, and nothing of this write was stored; free space and try again',
    docs: 'The journal could not grow. Free space on the disk that holds the data folder; no restart is needed.',
  },
  WRITE_FAILED: {
    status: 500,
    message: 'the write was not stored: {file}: {reason}',
    docs: 'The journal could not be written or synced. Look at the disk and at the log of the system.',
  },
  UNREADABLE: {
    status: 500,
    message: '{file} could not be read: {reason}',
    docs: 'A file of the data folder is there but cannot be read. Look at its permissions and at the disk.',
  },
  CORRUPT: {
    status: 500,
    message:
      '{file} is damaged at byte {offset} and has valid records after it; restore it from a copy, or move the data folder away to start empty',
    docs: 'A record inside the journal or the snapshot does not match its checksum. Starting would lose acknowledged writes, so the server does not start.',
  },
  GAP: {
    status: 500,
    message:
      '{file}: record {found} follows record {expected} at byte {offset}; a file of the data folder is missing or was exchanged',
    docs: 'The files of the data folder do not belong together. Restore all of them from one copy.',
  },
  LOCKED: {
    status: 409,
    message: 'the data folder {folder} is in use by process {pid}',
    docs: 'Two servers must not share a data folder. Stop the other one, or use another folder.',
  },
  CLOSED: {
    status: 503,
    message: 'the server is shutting down',
    docs: 'A write came during shutdown. Send it again when the server is back.',
  },
});

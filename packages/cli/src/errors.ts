import { defineErrors, type ErrorFactory } from '@weir/core/errors';

type CliErrorName =
  | 'HOME_IN_USE'
  | 'PORT_IN_USE'
  | 'NO_FREE_SLOT'
  | 'NOT_RUNNING'
  | 'START_FAILED'
  | 'USAGE'
  | 'UNKNOWN_KIND';

/** Failures of the command line and of the local platform's start. */
export const cliErrors: Readonly<Record<CliErrorName, ErrorFactory>> = defineErrors('CLI', {
  HOME_IN_USE: {
    status: 409,
    message:
      '{home} is in use by the weir with pid {pid} — stop it with `weir down`, or choose another WEIR_HOME and --port-base',
    docs: 'Two platforms cannot share one state folder.',
  },
  PORT_IN_USE: {
    status: 409,
    message:
      'port {port} ({purpose}) is in use{owner} — stop that process or choose other ports with --port-base',
    docs: 'Another process listens on a port of the platform.',
  },
  NO_FREE_SLOT: {
    status: 409,
    message: 'all {count} address slots are taken by running instances of weir — stop one with `weir down`',
    docs: 'At most sixteen platforms run on one machine.',
  },
  NOT_RUNNING: {
    status: 404,
    message: 'no weir runs on {home}',
    docs: 'The command needs a running platform.',
  },
  START_FAILED: {
    status: 500,
    message: '{part} did not start: {problem} — see {log}',
    docs: 'A process of the platform ended before it was ready.',
  },
  USAGE: { status: 400, message: '{problem}', docs: 'The command line is wrong.' },
  UNKNOWN_KIND: {
    status: 404,
    message: 'the server does not have a resource type "{kind}"{hint}',
    docs: 'The kind is not served.',
  },
});

import { defineErrors, type ErrorFactory } from '@weir/core/errors';

interface EppErrors {
  readonly BAD_REQUEST: ErrorFactory;
  readonly NO_CANDIDATES: ErrorFactory;
  readonly ALL_FILTERED: ErrorFactory;
  readonly NO_PARSER: ErrorFactory;
  readonly CONFIG_INVALID: ErrorFactory;
  readonly FLAG_INVALID: ErrorFactory;
}

export const eppErrors: EppErrors = defineErrors('EPP', {
  BAD_REQUEST: {
    status: 400,
    message: '{message}',
    docs: 'The body is not what the API of its path asks for; the message names the field.',
  },
  NO_PARSER: {
    status: 400,
    message: 'no parser is configured for path {path}',
    docs: 'Add a parser for the path, or passthrough-parser, to requestHandler.parsers.',
  },
  NO_CANDIDATES: {
    status: 503,
    message: 'failed to find endpoint candidates for serving the request',
    docs: 'The pool has no ready pod, or none of the subset that the request is limited to.',
  },
  ALL_FILTERED: {
    status: 429,
    message: 'no endpoints available for the given request',
    docs: 'Every endpoint was removed by a filter of the scheduling profile.',
  },
  CONFIG_INVALID: {
    status: 400,
    message: 'EndpointPickerConfig is not usable: {problems}',
    docs: 'Correct the named fields; the previous configuration stays in force.',
  },
  FLAG_INVALID: {
    status: 400,
    message: '{message}',
    docs: 'The endpoint picker was started with a flag that is unknown, malformed or not built yet.',
  },
});

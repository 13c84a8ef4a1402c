import { defineErrors, type ErrorFactory } from '@weir/core/errors';

interface StorageErrors {
  readonly INVALID_URI: ErrorFactory;
  readonly UNSUPPORTED_SCHEME: ErrorFactory;
  readonly SCHEME_NOT_BUILT: ErrorFactory;
  readonly FILES_REFUSED: ErrorFactory;
}

export const storageErrors: StorageErrors = defineErrors('STORAGE', {
  INVALID_URI: {
    status: 422,
    message: 'model URI "{uri}": {reason}',
    docs: 'The URI does not have the form of its scheme; the message says which form that is.',
  },
  UNSUPPORTED_SCHEME: {
    status: 422,
    message: 'model URI "{uri}": unsupported scheme "{scheme}"{suggestion}; supported are {supported}',
    docs: 'No storage scheme of this name exists; use one of those listed.',
  },
  SCHEME_NOT_BUILT: {
    status: 422,
    message: 'model URI "{uri}": scheme "{scheme}" is not built yet; supported are {supported}',
    docs: 'A scheme that KServe knows and this version does not; use one of those listed.',
  },
  FILES_REFUSED: {
    status: 422,
    message:
      'model URI "{uri}": file:// reads the disk of a node and is only allowed in local mode; ' +
      'put the model on a PersistentVolumeClaim and use pvc://',
    docs: 'Local paths are refused in a cluster.',
  },
});

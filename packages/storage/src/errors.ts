import { defineErrors, type ErrorFactory } from '@weir/core/errors';

interface StorageErrors {
  readonly INVALID_URI: ErrorFactory;
  readonly UNSUPPORTED_SCHEME: ErrorFactory;
  readonly SCHEME_NOT_BUILT: ErrorFactory;
  readonly FILES_REFUSED: ErrorFactory;
  readonly FILES_HIDDEN: ErrorFactory;
  readonly ADAPTER_SCHEME: ErrorFactory;
  readonly OCI_DISABLED: ErrorFactory;
  readonly NO_IMAGES: ErrorFactory;
  readonly PATH_TAKEN: ErrorFactory;
  readonly SECRET_MISSING: ErrorFactory;
  readonly NOT_DECRYPTED: ErrorFactory;
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
  FILES_HIDDEN: {
    status: 422,
    message:
      'model URI "{uri}": container "{container}" has a volume of its own at {path}, which hides the files of this ' +
      'machine — move the model to another folder',
    docs: 'A path of the machine cannot be shown where the pod template needs something else.',
  },
  ADAPTER_SCHEME: {
    status: 422,
    message:
      'adapter "{adapter}", URI "{uri}": adapters cannot come from {scheme}:// — use hf://, s3://, pvc:// or another ' +
      'scheme that is downloaded',
    docs: 'Container images hold models, not adapters.',
  },
  OCI_DISABLED: {
    status: 422,
    message:
      'model URI "{uri}": OCI modelcars is not enabled — set enableModelcar or ociModelMode in key storageInitializer ' +
      'of the platform ConfigMap',
    docs: 'The platform has support for models in container images switched off.',
  },
  NO_IMAGES: {
    status: 422,
    message:
      'model URI "{uri}": a model in an image needs a container runtime, which local mode does not have — use hf://, ' +
      'file:// or pvc://',
    docs: 'Local mode runs programs of this machine in place of images.',
  },
  PATH_TAKEN: {
    status: 422,
    message:
      'model URI "{uri}": container "{container}" has volume "{volume}" mounted at {path} already — remove that mount',
    docs: 'The model needs the path that the pod template uses for something else.',
  },
  SECRET_MISSING: {
    status: 422,
    message: 'Secret {secret}, named by {origin}, does not exist — create it or remove its name',
    docs: 'Credentials for the download of a model were promised and are not there.',
  },
  NOT_DECRYPTED: {
    status: 422,
    message:
      'spec.model.confidential: this storage initializer cannot decrypt models — remove the field, or run in a cluster ' +
      "with KServe's initializer",
    docs: 'Decryption needs a confidential data hub beside the pod; only clusters have one.',
  },
});

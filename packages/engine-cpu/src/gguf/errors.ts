import { defineErrors, type ErrorFactory } from '@weir/core/errors';

export const ggufErrors: Readonly<Record<'NOT_GGUF' | 'VERSION' | 'TRUNCATED' | 'CORRUPT', ErrorFactory>> =
  defineErrors('GGUF', {
    NOT_GGUF: {
      status: 400,
      message:
        '{file} is not a GGUF file: it starts with {found} — the CPU engine loads GGUF weights only; convert the model or choose a GGUF repository',
      docs: 'The model file has another format, often safetensors or an error page saved as a file.',
    },
    VERSION: {
      status: 400,
      message: '{file} has GGUF version {version}; versions 2 and 3 are supported',
      docs: 'The file was written by a very old or a newer tool. Convert it again.',
    },
    TRUNCATED: {
      status: 400,
      message:
        '{file} is cut short: {size} bytes, but its header needs {needed} — delete the file and download the model again',
      docs: 'The download ended early.',
    },
    CORRUPT: {
      status: 400,
      message:
        '{file} is corrupt at byte {position}: {detail} — delete the file and download the model again',
      docs: 'The header of the model file contradicts itself.',
    },
  });

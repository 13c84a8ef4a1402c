import { expect, test } from 'vitest';
import { storeErrors } from '../store/errors.ts';
import { invalidObject, notFound, toApiError } from './api-error.ts';

test('a full disk reaches the client as a Status that says what to do', () => {
  expect(toApiError(storeErrors.DISK_FULL({ file: '/data/journal-00000001' })).toStatus()).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    code: 507,
    reason: 'InsufficientStorage',
    message:
      'the disk is full: /data/journal-00000001 could not be written, and nothing of this write was stored; free space and try again',
  });
});

test('a bug shows no details to clients', () => {
  expect(toApiError(new TypeError('secret')).toStatus()).toMatchObject({
    code: 500,
    reason: 'InternalError',
    message: 'Internal error occurred: see the log of the server',
  });
});

test('messages name kinds and groups as Kubernetes does', () => {
  expect(notFound({ group: '', plural: 'pods' }, 'x').message).toBe('pods "x" not found');
  expect(notFound({ group: 'apps', plural: 'deployments' }, 'x').message).toBe(
    'deployments.apps "x" not found',
  );
  const kind = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true };
  const errors = [
    { type: 'Required', path: 'spec.selector', detail: '' },
    { type: 'Invalid', path: 'spec.replicas', value: -1, detail: 'must be 0 or more' },
  ] as const;
  expect(invalidObject(kind, 'x', errors).message).toBe(
    'Deployment.apps "x" is invalid: [spec.selector: Required value, spec.replicas: Invalid value: -1: must be 0 or more]',
  );
});

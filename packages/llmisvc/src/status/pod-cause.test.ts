import type { ContainerStatus, Pod } from '@weir/api/workloads';
import { describe, expect, test } from 'vitest';
import { engineCause, schedulerCause, substitutionOf } from './pod-cause.ts';

function pod(status: Pod['status'] & object, component = 'llminferenceservice-workload'): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'hello-1', labels: { 'app.kubernetes.io/component': component } },
    status,
  };
}

function container(
  name: string,
  state: ContainerStatus['state'] & object,
  more: Partial<ContainerStatus> = {},
): ContainerStatus {
  return { name, image: '', imageID: '', ready: false, restartCount: 0, state, ...more };
}

const initializer = (state: ContainerStatus['state'] & object, more?: Partial<ContainerStatus>): Pod =>
  pod({ initContainerStatuses: [container('storage-initializer', state, more)] });
const engine = (state: ContainerStatus['state'] & object, more?: Partial<ContainerStatus>): Pod =>
  pod({ containerStatuses: [container('main', state, more)] });

describe('the cause that a pod shows', () => {
  test.each<[string, Pod, string, string]>([
    ['a download', initializer({ running: {} }), 'ModelDownloading', 'Downloading'],
    [
      'a failed download',
      initializer({ terminated: { exitCode: 1, message: 'no route' } }),
      'ModelDownloadFailed',
      'Failed',
    ],
    [
      'a refused download, between attempts',
      initializer(
        { waiting: { reason: 'CrashLoopBackOff' } },
        {
          lastState: {
            terminated: { exitCode: 1, message: '{"reason":"ModelAccessDenied","message":"gated"}' },
          },
        },
      ),
      'ModelAccessDenied',
      'Failed',
    ],
    [
      'an image that cannot be pulled',
      engine({ waiting: { reason: 'ImagePullBackOff' } }),
      'ImagePullFailed',
      'Failed',
    ],
    [
      'an image without a program',
      engine({ waiting: { reason: 'ImageNotRunnableLocally' } }),
      'ImageNotRunnableLocally',
      'Failed',
    ],
    [
      'a missing volume',
      engine({ waiting: { reason: 'CreateContainerConfigError' } }),
      'VolumeNotReady',
      'Failed',
    ],
    [
      'a command that does not exist',
      engine({ waiting: { reason: 'RunContainerError' } }),
      'EngineCrash',
      'Failed',
    ],
    [
      'a command that does not exist, between attempts',
      engine(
        { waiting: { reason: 'CrashLoopBackOff' } },
        { lastState: { terminated: { exitCode: 128, reason: 'StartError', message: 'no such file' } } },
      ),
      'EngineCrash',
      'Failed',
    ],
    ['loading', engine({ running: {} }), 'ModelLoading', 'Loading'],
    ['a crash', engine({ terminated: { exitCode: 3, message: 'x\nbad flag' } }), 'EngineCrash', 'Failed'],
    [
      'lack of memory',
      engine({ terminated: { exitCode: 137, reason: 'OOMKilled' } }),
      'OutOfMemory',
      'Failed',
    ],
    [
      'no node',
      pod({ conditions: [{ type: 'PodScheduled', status: 'False', message: 'no GPU' }] }),
      'Unschedulable',
      'Pending',
    ],
  ])('%s', (_what, one, reason, stage) => {
    expect(engineCause([one])).toMatchObject({ reason, stage, message: expect.stringContaining('hello-1') });
  });
});

test('the message of a failed download names what was tried', () => {
  const message = '{"reason":"ModelNotFound","message":"no such model","tried":["cache","hub"]}';
  expect(engineCause([initializer({ terminated: { exitCode: 1, message } })])).toEqual({
    reason: 'ModelNotFound',
    message: 'Pod hello-1 could not fetch the model: no such model — tried: cache, hub',
    stage: 'Failed',
  });
  const told = '{"reason":"ModelNotFound","message":"no such model; tried hub","tried":["hub"]}';
  expect(engineCause([initializer({ terminated: { exitCode: 1, message: told } })])?.message).toBe(
    'Pod hello-1 could not fetch the model: no such model; tried hub',
  );
});

test('a command that cannot be executed is told with the field that holds it', () => {
  const waiting = { reason: 'RunContainerError', message: 'exec: "/opt/x": no such file or directory' };
  expect(engineCause([engine({ waiting })])?.message).toBe(
    'Container main of pod hello-1: exec: "/opt/x": no such file or directory — correct its command in spec.template.containers',
  );
});

test.each([
  ['plain text', 'cannot bind'],
  ['a structured line', '{"level":"error","msg":"cannot bind"}'],
  ['a structured line with an error', '{"msg":"ended","error":{"message":"cannot bind","stack":"…"}}'],
  ['a structured line with the text of an error', '{"msg":"ended","error":"cannot bind"}'],
])('the last words of a crash may be %s', (_what, line) => {
  expect(engineCause([engine({ terminated: { exitCode: 1, message: `started\n${line}\n` } })])?.message).toBe(
    'Container main of pod hello-1 ended with exit code 1: cannot bind — see its log',
  );
});

test('a failure tells more than a pod that is still loading', () => {
  expect(engineCause([engine({ running: {} }), engine({ terminated: { exitCode: 1 } })])?.reason).toBe(
    'EngineCrash',
  );
});

test('ready engines, pickers and pods on their way out show no cause', () => {
  const leaving = engine({ terminated: { exitCode: 1 } });
  leaving.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  const picker = pod(
    { containerStatuses: [container('main', { running: {} })] },
    'llminferenceservice-router-scheduler',
  );
  expect(engineCause([engine({ running: {} }, { ready: true }), picker, leaving])).toBeNull();
});

test('a substituted model is read from the initializer', () => {
  const message = '{"uri":"hf://a/b","source":"package","substituted":"builtin://smol","files":1}';
  expect(substitutionOf([initializer({ terminated: { exitCode: 0, message } })])).toEqual({
    uri: 'hf://a/b',
    substituted: 'builtin://smol',
  });
  expect(
    substitutionOf([initializer({ terminated: { exitCode: 0, message: '{"uri":"hf://a/b"}' } })]),
  ).toBeNull();
  expect(substitutionOf([initializer({ terminated: { exitCode: 0, message: '{broken' } })])).toBeNull();
});

test('a picker that ends tells its last words', () => {
  const status = {
    containerStatuses: [container('main', { terminated: { exitCode: 2, message: 'bad --config-text' } })],
  };
  expect(
    schedulerCause([
      pod(status, 'llminferenceservice-router-scheduler'),
      engine({ terminated: { exitCode: 1 } }),
    ]),
  ).toMatchObject({
    message: expect.stringContaining('ended with exit code 2: bad --config-text'),
  });
});

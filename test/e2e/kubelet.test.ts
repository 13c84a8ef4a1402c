import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { resources } from '@weir/api/meta';
import type { Pod } from '@weir/api/workloads';
import type { Client } from '@weir/kube';
import { untilHolds } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isReady, type KubeletTarget, mainOf, shell, startKubeletTarget } from './kubelet-target.ts';

describe('kubelet on a real kube-apiserver', () => {
  let target: KubeletTarget;
  let client: Client;

  beforeAll(async () => {
    target = await startKubeletTarget();
    client = target.client;
  });
  afterAll(() => target?.stop());

  const sleeping = 'exec sleep 60';
  const at = (name: string) => ({ namespace: 'default', name });
  /** What a container wrote is in its log a moment later. */
  const hasLogged = (pod: Pod, text: string): Promise<void> =>
    untilHolds(async () => expect(await target.readLogs(pod, 'main')).toBe(text));

  test('a pod with an init container becomes Ready and its logs stream', async () => {
    await target.createPod('first', {
      initContainers: [
        shell('prepare', 'echo prepared > /mnt/models/file', {
          volumeMounts: [{ name: 'data', mountPath: '/mnt/models' }],
        }),
      ],
      containers: [
        shell(
          'main',
          'cat /mnt/models/file; echo ip $WEIR_POD_IP; trap "echo bye; exit 0" TERM; touch /mnt/models/up; while :; do sleep 0.1; done',
          {
            volumeMounts: [{ name: 'data', mountPath: '/mnt/models' }],
            readinessProbe: { exec: { command: ['test', '-e', '/mnt/models/up'] }, periodSeconds: 1 },
          },
        ),
      ],
      volumes: [{ name: 'data', emptyDir: {} }],
    });
    const pod = await target.waitFor('first', isReady);
    expect(pod.status?.phase).toBe('Running');
    await hasLogged(pod, `prepared\nip ${pod.status?.podIP}\n`);
    const streamed = target.readLogs(pod, 'main', { follow: true });
    await client.delete(resources.pods, at('first'));
    expect(await streamed).toBe(`prepared\nip ${pod.status?.podIP}\nbye\n`);
  });

  test.concurrent(
    'a failing container is restarted with back-off and keeps the log of the run before',
    async () => {
      await target.createPod('crash', {
        containers: [shell('main', 'echo run; echo why > /dev/termination-log; exit 7')],
      });
      const pod = await target.waitFor(
        'crash',
        (pod) =>
          mainOf(pod)?.state?.waiting?.reason === 'CrashLoopBackOff' && (mainOf(pod)?.restartCount ?? 0) >= 2,
      );
      expect(pod.status?.phase).toBe('Running');
      expect(mainOf(pod)?.lastState?.terminated).toMatchObject({
        exitCode: 7,
        reason: 'Error',
        message: 'why\n',
      });
      await untilHolds(async () =>
        expect(await target.readLogs(pod, 'main', { previous: true })).toBe('run\n'),
      );
      await untilHolds(async () =>
        expect(await target.eventsOf('crash')).toContainEqual(
          `BackOff: Back-off restarting failed container main in pod crash_default(${pod.metadata.uid})`,
        ),
      );
    },
  );

  test.concurrent('a missing Secret is named, and the container starts when it is created', async () => {
    await target.createPod('config', {
      containers: [
        shell('main', 'echo $TOKEN; exec sleep 60', {
          env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'late', key: 'token' } } }],
        }),
      ],
    });
    const waiting = await target.waitFor(
      'config',
      (pod) => mainOf(pod)?.state?.waiting?.reason === 'CreateContainerConfigError',
    );
    expect(mainOf(waiting)?.state?.waiting?.message).toBe('secret "late" not found');
    await client.create(resources.secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'late', namespace: 'default' },
      data: { token: Buffer.from('s3cret').toString('base64') },
    });
    const pod = await target.waitFor('config', isReady);
    await hasLogged(pod, 's3cret\n');
  });

  test.concurrent('what cannot run waits with its reason', async () => {
    await target.createPod('unknown', { containers: [{ name: 'main', image: 'unknown' }] });
    await target.createPod('nowhere', {
      containers: [{ name: 'main', image: 'x', command: ['no-such-program'] }],
    });
    const unknown = await target.waitFor(
      'unknown',
      (pod) => mainOf(pod)?.state?.waiting?.reason === 'ImageNotRunnableLocally',
    );
    expect(mainOf(unknown)?.state?.waiting?.message).toBe('image "unknown" stands for no program');
    expect(unknown.status?.phase).toBe('Pending');
    const nowhere = await target.waitFor(
      'nowhere',
      (pod) => mainOf(pod)?.state?.waiting?.reason === 'RunContainerError',
    );
    expect(mainOf(nowhere)?.state?.waiting?.message).toBe(
      'exec: "no-such-program": executable file not found in $PATH',
    );
    expect(mainOf(nowhere)?.lastState?.terminated).toMatchObject({ exitCode: 127, reason: 'StartError' });
  });

  test.concurrent('a job succeeds after its sidecar has been ended', async () => {
    const volumeMounts = [{ name: 'shared', mountPath: '/mnt/shared' }];
    const proxy = 'trap "exit 0" TERM; touch /mnt/shared/up; while :; do sleep 0.05; done';
    const main = 'until test -e /mnt/shared/up; do sleep 0.05; done; echo done';
    await target.createPod('job', {
      restartPolicy: 'Never',
      volumes: [{ name: 'shared', emptyDir: {} }],
      initContainers: [shell('proxy', proxy, { restartPolicy: 'Always', volumeMounts })],
      containers: [shell('main', main, { volumeMounts })],
    });
    const pod = await target.waitFor('job', ({ status }) => status?.phase === 'Succeeded');
    expect(pod.status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(0);
    expect(mainOf(pod)?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(pod.status?.conditions?.find(({ type }) => type === 'Ready')?.reason).toBe('PodCompleted');
  });

  test.concurrent('probes: startup holds back the others, liveness restarts', async () => {
    await target.createPod('probed', {
      containers: [
        shell('main', 'touch alive; exec sleep 60', {
          startupProbe: { exec: { command: ['true'] }, periodSeconds: 1 },
          livenessProbe: {
            exec: { command: ['/bin/sh', '-c', 'echo sick; exit 1'] },
            periodSeconds: 1,
            failureThreshold: 1,
            terminationGracePeriodSeconds: 10,
          },
        }),
      ],
    });
    const pod = await target.waitFor('probed', (pod) => (mainOf(pod)?.restartCount ?? 0) >= 1);
    expect(mainOf(pod)?.lastState?.terminated).toMatchObject({ exitCode: 143, signal: 15 });
    const told = [
      'Unhealthy: Liveness probe failed: sick',
      'Killing: Container main failed liveness probe, will be restarted',
    ];
    await untilHolds(async () =>
      expect(await target.eventsOf('probed')).toEqual(expect.arrayContaining(told)),
    );
  });

  test.concurrent(
    'deletion runs preStop, then SIGTERM, then SIGKILL, and removes what the pod had',
    async () => {
      await target.createPod('ending', {
        terminationGracePeriodSeconds: 3,
        volumes: [{ name: 'cache', emptyDir: { medium: 'Memory' } }],
        containers: [
          shell('main', 'trap "echo term" TERM; touch /dev/shm/up; while :; do sleep 0.05; done', {
            volumeMounts: [{ name: 'cache', mountPath: '/dev/shm' }],
            readinessProbe: { exec: { command: ['test', '-e', '/dev/shm/up'] }, periodSeconds: 1 },
            lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', 'echo stopping > /dev/shm/note'] } } },
          }),
        ],
      });
      const pod = await target.waitFor('ending', isReady);
      const logs = target.readLogs(pod, 'main', { follow: true });
      const begunAtMs = performance.now();
      await client.delete(resources.pods, at('ending'));
      await untilHolds(async () => expect(await client.find(resources.pods, at('ending'))).toBeUndefined());
      expect(await logs).toBe('term\n');
      expect(performance.now() - begunAtMs).toBeGreaterThan(2950);
      const folder = join(target.stateDir, 'pods', pod.metadata.uid ?? '');
      await untilHolds(() => expect(existsSync(folder)).toBe(false));
    },
  );

  test.concurrent('volumes show ConfigMaps as they change, tokens and the downward API', async () => {
    const configMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'default' },
    };
    await client.create(resources.configMaps, { ...configMap, data: { level: 'one' } });
    await target.createPod('volumes', {
      serviceAccountName: 'default',
      volumes: [
        { name: 'settings', configMap: { name: 'settings' } },
        {
          name: 'labels',
          downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] },
        },
      ],
      containers: [
        shell('main', sleeping, {
          volumeMounts: [
            { name: 'settings', mountPath: '/etc/settings' },
            { name: 'labels', mountPath: '/etc/podinfo' },
          ],
          readinessProbe: {
            exec: {
              command: [
                '/bin/sh',
                '-c',
                'grep two /etc/settings/level && grep volumes /etc/podinfo/name && test -s /var/run/secrets/kubernetes.io/serviceaccount/token && grep BEGIN /var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
              ],
            },
            periodSeconds: 1,
          },
        }),
      ],
    });
    await target.waitFor('volumes', (pod) => mainOf(pod)?.state?.running !== undefined);
    await client.patch(resources.configMaps, at('settings'), { data: { level: 'two' } });
    await target.waitFor('volumes', isReady);
  });

  test.concurrent('a pod over its deadline fails', async () => {
    await target.createPod('late', { activeDeadlineSeconds: 1, containers: [shell('main', sleeping)] });
    const pod = await target.waitFor(
      'late',
      ({ status }) =>
        status?.phase === 'Failed' && status.containerStatuses?.[0]?.state?.terminated !== undefined,
    );
    expect(pod.status).toMatchObject({ reason: 'DeadlineExceeded' });
  });

  test.concurrent('a claim is bound to a folder that outlives its pods', async () => {
    await client.create(resources.persistentVolumeClaims, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'models', namespace: 'default' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    const volumes = [{ name: 'models', persistentVolumeClaim: { claimName: 'models' } }];
    const volumeMounts = [{ name: 'models', mountPath: '/mnt/models' }];
    const once = (name: string, script: string): Promise<Pod> =>
      target.createPod(name, {
        restartPolicy: 'Never',
        volumes,
        containers: [shell('main', script, { volumeMounts })],
      });
    await once('writer', 'echo kept > /mnt/models/file');
    await target.waitFor('writer', ({ status }) => status?.phase === 'Succeeded');
    await client.delete(resources.pods, at('writer'));
    await once('reader', 'cat /mnt/models/file');
    const reader = await target.waitFor('reader', ({ status }) => status?.phase === 'Succeeded');
    await hasLogged(reader, 'kept\n');
    const claim = await client.get(resources.persistentVolumeClaims, at('models'));
    expect(claim.status?.phase).toBe('Bound');
  });

  test.concurrent(
    'a pod in the shape of an engine finds its programs and mounts, whatever the mounts cover',
    async () => {
      const mounts = ['/home', '/tmp', '/dev/shm', '/models', '/mnt/models', '/var/run/kserve/tls'];
      await target.createPod('engine', {
        restartPolicy: 'Never',
        volumes: [{ name: 'data', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } }],
        containers: [
          {
            name: 'main',
            image: 'engine',
            command: ['/bin/bash', '-c', 'eval "exec vllm serve /mnt/models $@"', '--'],
            args: ['--max-model-len=$(LENGTH)'],
            env: [
              { name: 'HOME', value: '/home' },
              { name: 'LENGTH', value: '2048' },
            ],
            volumeMounts: mounts.map((mountPath, index) => ({
              name: 'data',
              mountPath,
              subPath: `part-${index}`,
            })),
          },
        ],
      });
      const pod = await target.waitFor(
        'engine',
        ({ status }) => status?.phase === 'Succeeded' || status?.phase === 'Failed',
      );
      const lines = [
        'vllm serve /mnt/models --max-model-len=2048',
        ...mounts.map((path) => `${path} is writable`),
      ];
      await hasLogged(pod, `${lines.join('\n')}\n`);
    },
  );

  test('the node is registered and has a lease', async () => {
    const node = await client.get(resources.nodes, { namespace: '', name: 'weir' });
    expect(node.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
    expect(Object.keys(node.status?.allocatable ?? {}).sort()).toEqual([
      'cpu',
      'ephemeral-storage',
      'memory',
      'pods',
    ]);
    await untilHolds(async () => {
      const lease = await client.get(resources.leases, { namespace: 'kube-node-lease', name: 'weir' });
      expect(lease.spec?.holderIdentity).toBe('weir');
    });
  });
});

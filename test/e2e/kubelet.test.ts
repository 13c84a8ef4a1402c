import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resources } from '@weir/api/meta';
import type { Pod } from '@weir/api/workloads';
import { createAddressPool, type ImageResolver, type Kubelet, startKubelet } from '@weir/cluster/kubelet';
import { silentLogger } from '@weir/core/log';
import { Client } from '@weir/kube';
import { type RealControlPlane, startRealControlPlane } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const stateDir = mkdtempSync(join(tmpdir(), 'weir-kubelet-'));

/** Stands for the engine: a program outside every mount that looks at the mounts. */
const shim = `#!${process.execPath}
const fs = require('node:fs');
console.log(['vllm', ...process.argv.slice(2)].join(' '));
for (const [path] of JSON.parse(process.env.WEIR_PATH_MAP).filter(([path]) => path !== '/dev/termination-log')) {
  fs.writeFileSync(path + '/probe', '');
  console.log(path + ' is writable');
}
`;

/** Runs the command as it is: these pods name programs of this machine. */
const images: ImageResolver = {
  resolve: ({ image, command, args }) =>
    image === 'engine'
      ? { type: 'program', argv: [...command, ...args], env: {}, pathPrepend: [join(stateDir, 'shims')] }
      : image === 'unknown'
        ? {
            type: 'unresolved',
            reason: 'ImageNotRunnableLocally',
            message: `image "${image}" stands for no program`,
          }
        : { type: 'program', argv: [...command, ...args], env: {}, pathPrepend: [] },
};

describe('kubelet on a real kube-apiserver', () => {
  const stop = new AbortController();
  let server: RealControlPlane;
  let client: Client;
  let kubelet: Kubelet;

  beforeAll(async () => {
    mkdirSync(join(stateDir, 'shims'));
    writeFileSync(join(stateDir, 'shims', 'vllm'), shim, { mode: 0o755 });
    server = await startRealControlPlane();
    client = new Client({ fetch: server.fetch, fieldManager: 'test' });
    await client.create(resources.serviceAccounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: 'default' },
    });
    kubelet = await startKubelet({
      client: new Client({ fetch: server.fetch, fieldManager: 'kubelet' }),
      nodeName: 'weir',
      stateDir,
      addresses: createAddressPool({ cidr: '127.78.240.0/24', file: join(stateDir, 'addresses.json') }),
      images,
      apiAccess: { url: server.url, caPem: server.caPem },
      log: silentLogger,
      signal: stop.signal,
      timings: { backoffBaseMs: 300, configRetryMs: 200 },
      onStop: { type: 'stop', graceMs: 500 },
    });
  });

  afterAll(async () => {
    stop.abort();
    await kubelet?.stopped();
    await server?.stop();
    rmSync(stateDir, { recursive: true, force: true });
  });

  function shell(name: string, script: string, more: object = {}): object {
    return { name, image: 'shell', command: ['/bin/sh', '-c', script], ...more };
  }

  async function createPod(name: string, spec: object): Promise<Pod> {
    return client.create(resources.pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { nodeName: 'weir', terminationGracePeriodSeconds: 2, ...spec } as NonNullable<Pod['spec']>,
    });
  }

  async function waitFor(name: string, isThere: (pod: Pod) => boolean, withinMs = 10_000): Promise<Pod> {
    const deadline = Date.now() + withinMs;
    let pod: Pod | undefined;
    while (Date.now() < deadline) {
      pod = await client.find(resources.pods, { namespace: 'default', name });
      if (pod !== undefined && isThere(pod)) return pod;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const events = await client.list(resources.events, { namespace: 'default' });
    const messages = events.items.map(({ reason, message }) => `${reason}: ${message}`);
    throw new Error(
      `pod ${name} did not get there: ${JSON.stringify({ messages, status: pod?.status }, null, 1)}`,
    );
  }

  async function readLogs(pod: Pod, container: string, follow = false, previous = false): Promise<string> {
    let text = '';
    const { namespace = '', name = '', uid = '' } = pod.metadata;
    const options = { container, follow, previous, signal: AbortSignal.timeout(5000) };
    for await (const chunk of kubelet.logs.open({ namespace, name, uid }, options))
      text += Buffer.from(chunk);
    return text;
  }

  test('a pod with an init container becomes Ready and its logs stream', async () => {
    await createPod('first', {
      initContainers: [
        shell('prepare', 'echo prepared > /mnt/models/file', {
          volumeMounts: [{ name: 'data', mountPath: '/mnt/models' }],
        }),
      ],
      containers: [
        shell(
          'main',
          'cat /mnt/models/file; echo ip $WEIR_POD_IP; touch /mnt/models/up; trap "echo bye; exit 0" TERM; while :; do sleep 0.1; done',
          {
            volumeMounts: [{ name: 'data', mountPath: '/mnt/models' }],
            readinessProbe: { exec: { command: ['test', '-e', '/mnt/models/up'] }, periodSeconds: 1 },
          },
        ),
      ],
      volumes: [{ name: 'data', emptyDir: {} }],
    });
    const pod = await waitFor(
      'first',
      ({ status }) =>
        status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true,
    );
    expect(pod.status?.phase).toBe('Running');
    expect(await readLogs(pod, 'main')).toBe(`prepared\nip ${pod.status?.podIP}\n`);
    const streamed = readLogs(pod, 'main', true);
    await client.delete(resources.pods, { namespace: 'default', name: 'first' });
    expect(await streamed).toBe(`prepared\nip ${pod.status?.podIP}\nbye\n`);
  });

  const isReady = ({ status }: Pod): boolean =>
    status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  const main = (pod: Pod): NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number] | undefined =>
    pod.status?.containerStatuses?.find(({ name }) => name === 'main');
  const sleeping = 'exec sleep 60';

  async function eventsOf(name: string): Promise<string[]> {
    const { items } = await client.list(resources.events, { namespace: 'default' });
    const own = items.filter(
      (event) => (event as { involvedObject?: { name?: string } }).involvedObject?.name === name,
    );
    return own.map(({ reason, message }) => `${reason}: ${message}`);
  }

  test.concurrent(
    'a failing container is restarted with back-off and keeps the log of the run before',
    async () => {
      await createPod('crash', {
        containers: [shell('main', 'echo run; echo why > /dev/termination-log; exit 7')],
      });
      const pod = await waitFor(
        'crash',
        (pod) =>
          main(pod)?.state?.waiting?.reason === 'CrashLoopBackOff' && (main(pod)?.restartCount ?? 0) >= 2,
      );
      expect(pod.status?.phase).toBe('Running');
      expect(main(pod)?.lastState?.terminated).toMatchObject({
        exitCode: 7,
        reason: 'Error',
        message: 'why\n',
      });
      expect(await readLogs(pod, 'main', false, true)).toBe('run\n');
      expect(await eventsOf('crash')).toContainEqual(
        `BackOff: Back-off restarting failed container main in pod crash_default(${pod.metadata.uid})`,
      );
    },
  );

  test.concurrent('a missing Secret is named, and the container starts when it is created', async () => {
    await createPod('config', {
      containers: [
        shell('main', 'echo $TOKEN; exec sleep 60', {
          env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'late', key: 'token' } } }],
        }),
      ],
    });
    const waiting = await waitFor(
      'config',
      (pod) => main(pod)?.state?.waiting?.reason === 'CreateContainerConfigError',
    );
    expect(main(waiting)?.state?.waiting?.message).toBe('secret "late" not found');
    await client.create(resources.secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'late', namespace: 'default' },
      data: { token: Buffer.from('s3cret').toString('base64') },
    });
    const pod = await waitFor('config', isReady);
    await expect.poll(() => readLogs(pod, 'main'), { timeout: 8000 }).toBe('s3cret\n');
  });

  test.concurrent('what cannot run waits with its reason', async () => {
    await createPod('unknown', { containers: [{ name: 'main', image: 'unknown' }] });
    await createPod('nowhere', { containers: [{ name: 'main', image: 'x', command: ['no-such-program'] }] });
    const unknown = await waitFor(
      'unknown',
      (pod) => main(pod)?.state?.waiting?.reason === 'ImageNotRunnableLocally',
    );
    expect(main(unknown)?.state?.waiting?.message).toBe('image "unknown" stands for no program');
    expect(unknown.status?.phase).toBe('Pending');
    const nowhere = await waitFor(
      'nowhere',
      (pod) => main(pod)?.state?.waiting?.reason === 'RunContainerError',
    );
    expect(main(nowhere)?.state?.waiting?.message).toBe(
      'exec: "no-such-program": executable file not found in $PATH',
    );
    expect(main(nowhere)?.lastState?.terminated).toMatchObject({ exitCode: 127, reason: 'StartError' });
  });

  test.concurrent('a job succeeds after its sidecar has been ended', async () => {
    await createPod('job', {
      restartPolicy: 'Never',
      initContainers: [
        shell('proxy', 'trap "exit 0" TERM; while :; do sleep 0.05; done', { restartPolicy: 'Always' }),
      ],
      containers: [shell('main', 'sleep 0.2; echo done')],
    });
    const pod = await waitFor('job', ({ status }) => status?.phase === 'Succeeded');
    expect(pod.status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(0);
    expect(main(pod)?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(pod.status?.conditions?.find(({ type }) => type === 'Ready')?.reason).toBe('PodCompleted');
  });

  test.concurrent('probes: startup holds back the others, liveness restarts', async () => {
    await createPod('probed', {
      containers: [
        shell('main', 'touch alive; exec sleep 60', {
          startupProbe: { exec: { command: ['true'] }, periodSeconds: 1 },
          livenessProbe: {
            exec: { command: ['/bin/sh', '-c', 'echo sick; exit 1'] },
            periodSeconds: 1,
            failureThreshold: 1,
            terminationGracePeriodSeconds: 1,
          },
        }),
      ],
    });
    const pod = await waitFor('probed', (pod) => (main(pod)?.restartCount ?? 0) >= 1);
    expect(main(pod)?.lastState?.terminated).toMatchObject({ exitCode: 143, signal: 15 });
    const told = [
      'Unhealthy: Liveness probe failed: sick',
      'Killing: Container main failed liveness probe, will be restarted',
    ];
    await expect.poll(() => eventsOf('probed'), { timeout: 8000 }).toEqual(expect.arrayContaining(told));
  });

  test.concurrent(
    'deletion runs preStop, then SIGTERM, then SIGKILL, and removes what the pod had',
    async () => {
      await createPod('ending', {
        terminationGracePeriodSeconds: 1,
        volumes: [{ name: 'cache', emptyDir: { medium: 'Memory' } }],
        containers: [
          shell('main', 'trap "echo term" TERM; while :; do sleep 0.05; done', {
            volumeMounts: [{ name: 'cache', mountPath: '/dev/shm' }],
            lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', 'echo stopping > /dev/shm/note'] } } },
          }),
        ],
      });
      const pod = await waitFor('ending', isReady);
      const logs = readLogs(pod, 'main', true);
      const begun = Date.now();
      await client.delete(resources.pods, { namespace: 'default', name: 'ending' });
      await expect
        .poll(() => client.find(resources.pods, { namespace: 'default', name: 'ending' }), { timeout: 8000 })
        .toBeUndefined();
      expect(await logs).toBe('term\n');
      expect(Date.now() - begun).toBeGreaterThan(950);
      expect(existsSync(join(stateDir, 'pods', pod.metadata.uid ?? ''))).toBe(false);
    },
  );

  test.concurrent('volumes show ConfigMaps as they change, tokens and the downward API', async () => {
    const configMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'default' },
    };
    await client.create(resources.configMaps, { ...configMap, data: { level: 'one' } });
    await createPod('volumes', {
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
    await waitFor('volumes', (pod) => main(pod)?.state?.running !== undefined);
    await client.patch(
      resources.configMaps,
      { namespace: 'default', name: 'settings' },
      { data: { level: 'two' } },
    );
    await waitFor('volumes', isReady);
  });

  test.concurrent('a pod over its deadline fails', async () => {
    await createPod('late', { activeDeadlineSeconds: 1, containers: [shell('main', sleeping)] });
    const pod = await waitFor(
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
      createPod(name, {
        restartPolicy: 'Never',
        volumes,
        containers: [shell('main', script, { volumeMounts })],
      });
    await once('writer', 'echo kept > /mnt/models/file');
    await waitFor('writer', ({ status }) => status?.phase === 'Succeeded');
    await client.delete(resources.pods, { namespace: 'default', name: 'writer' });
    await once('reader', 'cat /mnt/models/file');
    const reader = await waitFor('reader', ({ status }) => status?.phase === 'Succeeded');
    expect(await readLogs(reader, 'main')).toBe('kept\n');
    const claim = await client.get(resources.persistentVolumeClaims, {
      namespace: 'default',
      name: 'models',
    });
    expect(claim.status?.phase).toBe('Bound');
  });

  test.concurrent(
    'a pod in the shape of an engine finds its programs and mounts, whatever the mounts cover',
    async () => {
      const mounts = ['/home', '/tmp', '/dev/shm', '/models', '/mnt/models', '/var/run/kserve/tls'];
      await createPod('engine', {
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
      const pod = await waitFor(
        'engine',
        ({ status }) => status?.phase === 'Succeeded' || status?.phase === 'Failed',
      );
      const lines = (await readLogs(pod, 'main')).trim().split('\n');
      expect(lines).toEqual([
        'vllm serve /mnt/models --max-model-len=2048',
        ...mounts.map((path) => `${path} is writable`),
      ]);
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
    const lease = await client.get(resources.leases, { namespace: 'kube-node-lease', name: 'weir' });
    expect(lease.spec?.holderIdentity).toBe('weir');
  });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resources } from '@weir/api/meta';
import type { CoreEvent, Deployment, Pod } from '@weir/api/workloads';
import type { Client } from '@weir/kube';
import { hasComponents, untilHolds } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KubectlResult, type KubectlTarget, startKubectlTarget } from './kubectl-target.ts';

describe.skipIf(!hasComponents('kubectl'))('real kubectl against the embedded API server', () => {
  let kubectl: KubectlTarget;

  beforeAll(async () => {
    kubectl = await startKubectlTarget();
  });
  afterAll(() => kubectl?.stop());

  test('version, cluster-info and api-resources', async () => {
    expect(await kubectl.ok('version')).toContain('Server Version: v1.34.2+weir');
    const listed = await kubectl.ok('api-resources');
    expect(listed).toMatch(/^deployments +deploy +apps\/v1 +true +Deployment$/m);
    expect(listed).toMatch(/^httproutes +gateway\.networking\.k8s\.io\/v1 +true +HTTPRoute$/m);
    expect(listed).not.toMatch(/^jobs /m);
  });

  test('apply creates, leaves alone, and changes by strategic merge', async () => {
    const manifest = JSON.stringify(deployment('web'));
    expect(await kubectl.ok('apply -f -', manifest)).toBe('deployment.apps/web created\n');
    expect(await kubectl.ok('apply -f -', manifest)).toBe('deployment.apps/web unchanged\n');
    const changed = manifest.replace('"nginx:1.27"', '"nginx:1.28"');
    expect(await kubectl.ok('apply -f -', changed)).toBe('deployment.apps/web configured\n');
    expect(await kubectl.ok('get deploy web -o jsonpath={.spec.template.spec.containers[*].image}')).toBe(
      'nginx:1.28',
    );
    expect(await kubectl.ok('diff -f -', changed)).toBe('');
  });

  test('tables look as on a cluster', async () => {
    expect(await kubectl.ok('get deploy web')).toMatch(
      /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +0\/1 +0 +0 +\w+\n$/,
    );
    expect(await kubectl.ok('get deploy web -o wide')).toMatch(
      /CONTAINERS +IMAGES +SELECTOR\nweb .* main +nginx:1.28 +app=web\n$/,
    );
    expect(await kubectl.ok('get ns default --no-headers')).toMatch(/^default +Active +\w+\n$/);
    expect(await kubectl.ok('get crd')).toContain('httproutes.gateway.networking.k8s.io');
    expect(await kubectl.ok('get clusterroles,clusterrolebindings -o wide')).toContain(
      'ClusterRole/cluster-admin',
    );
    expect(await kubectl.ok('get all')).toContain('deployment.apps/web');
  });

  test('server-side apply reports conflicts and takes fields over by force', async () => {
    const scaled = { ...deployment('ssa'), spec: { ...deployment('ssa').spec, replicas: 2 } };
    const manifest = JSON.stringify(scaled);
    expect(await kubectl.ok('apply --server-side --field-manager=a -f -', manifest)).toBe(
      'deployment.apps/ssa serverside-applied\n',
    );
    const other = manifest.replace('"replicas":2', '"replicas":3');
    const message = await kubectl.fails('apply --server-side --field-manager=b -f -', other);
    expect(message).toContain('Apply failed with 1 conflict: conflict with "a": .spec.replicas');
    await kubectl.ok('apply --server-side --field-manager=b --force-conflicts -f -', other);
    expect(await kubectl.ok('get deploy ssa -o jsonpath={.spec.replicas}')).toBe('3');
    await kubectl.ok('delete deploy ssa');
  });

  test('typed create commands send protobuf', async () => {
    expect(await kubectl.ok('create configmap settings --from-literal=a=b')).toBe(
      'configmap/settings created\n',
    );
    expect(await kubectl.ok('get configmap settings -o jsonpath={.data}')).toBe('{"a":"b"}');
    expect(await kubectl.ok('create secret generic key --from-literal=password=top')).toBe(
      'secret/key created\n',
    );
    expect(await kubectl.ok('get secret key -o jsonpath={.data.password}')).toBe('dG9w');
    expect(await kubectl.ok('create namespace team')).toBe('namespace/team created\n');
    expect(await kubectl.ok('create serviceaccount robot -n team')).toBe('serviceaccount/robot created\n');
    expect(await kubectl.ok('create deployment made --image=busybox --replicas=2 --port=80')).toBe(
      'deployment.apps/made created\n',
    );
    const made = await kubectl.client.get(resources.deployments, { namespace: 'default', name: 'made' });
    expect(made.spec).toMatchObject({ replicas: 2, strategy: { type: 'RollingUpdate' } });
    expect(await kubectl.ok('create service clusterip front --tcp=80:8080')).toBe('service/front created\n');
    expect(await kubectl.ok('get svc front')).toMatch(/front +ClusterIP +127\.79\.0\.\d+ +<none> +80\/TCP/);
    expect(await kubectl.ok('create role reader --verb=get,list --resource=pods -n team')).toBe(
      'role.rbac.authorization.k8s.io/reader created\n',
    );
    expect(
      await kubectl.ok('create rolebinding robots --role=reader --serviceaccount=team:robot -n team'),
    ).toBe('rolebinding.rbac.authorization.k8s.io/robots created\n');
  });

  test('a token of a service account may do what its role allows', async () => {
    const token = (await kubectl.ok('create token robot -n team')).trim();
    expect(token.split('.')).toHaveLength(3);
    const as = `--token ${token} --client-certificate= --client-key= -n team`.split(' ');
    const bare = [
      '--kubeconfig',
      join(kubectl.folder, 'bare'),
      '--server',
      kubectl.url,
      '--certificate-authority',
      join(kubectl.folder, 'ca'),
    ];
    writeFileSync(join(kubectl.folder, 'ca'), kubectl.caPem);
    writeFileSync(join(kubectl.folder, 'bare'), '');
    const robot = (args: string): Promise<KubectlResult> => kubectl.run([...bare, ...as, ...args.split(' ')]);
    expect(await robot('get pods')).toMatchObject({
      code: 0,
      stderr: 'No resources found in team namespace.\n',
    });
    expect((await robot('get secrets')).stderr).toContain(
      'secrets is forbidden: User "system:serviceaccount:team:robot" cannot list resource "secrets" in API group "" in the namespace "team"',
    );
    expect((await robot('auth can-i list pods')).stdout).toBe('yes\n');
    expect((await robot('auth can-i delete pods')).stdout).toBe('no\n');
    expect((await robot('auth whoami -o jsonpath={.status.userInfo.username}')).stdout).toBe(
      'system:serviceaccount:team:robot',
    );
    expect(await kubectl.ok('auth can-i delete pods')).toBe('yes\n');
    expect(await kubectl.ok('auth can-i list pods -n team --as system:serviceaccount:team:robot')).toBe(
      'yes\n',
    );
    expect((await robot('auth can-i --list')).stdout).toMatch(/pods +\[\] +\[\] +\[get list\]/);
    expect((await robot('get pods --as admin')).stderr).toContain(
      'users "admin" is forbidden: User "system:serviceaccount:team:robot" cannot impersonate resource "users"',
    );
  });

  test('scale, patch, label, annotate, set image, rollout restart', async () => {
    expect(await kubectl.ok('scale deploy web --replicas=3')).toBe('deployment.apps/web scaled\n');
    expect(await kubectl.ok('get deploy web -o jsonpath={.spec.replicas}/{.metadata.generation}')).toBe(
      '3/3',
    );
    await kubectl.ok(
      'patch deploy web -p {"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"A","value":"1"}]}]}}}}',
    );
    await kubectl.ok('patch deploy web --type=json -p [{"op":"replace","path":"/spec/replicas","value":2}]');
    await kubectl.ok('patch deploy web --type=merge -p {"spec":{"paused":true}}');
    await kubectl.ok('label deploy web tier=front');
    await kubectl.ok('annotate deploy web note=x');
    await kubectl.ok('set image deploy/web main=nginx:1.29');
    await kubectl.ok('rollout restart deploy/made');
    const web = await kubectl.client.get(resources.deployments, { namespace: 'default', name: 'web' });
    expect(web.metadata).toMatchObject({ labels: { tier: 'front' } });
    expect(web.spec).toMatchObject({
      replicas: 2,
      paused: true,
      template: { spec: { containers: [{ image: 'nginx:1.29', env: [{ name: 'A', value: '1' }] }] } },
    });
  });

  test('unknown fields, wrong types and broken rules are refused in the words of Kubernetes', async () => {
    const unknown = JSON.stringify(deployment('bad')).replace('"replicas"', '"replica"');
    expect(await kubectl.fails('apply -f -', unknown)).toContain(
      'strict decoding error: unknown field "spec.replica"',
    );
    const wrong = JSON.stringify(deployment('bad')).replace('"replicas":1', '"replicas":"one"');
    expect(await kubectl.fails('apply --validate=false -f -', wrong)).toContain(
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    );
    const mismatch = JSON.stringify(deployment('bad')).replace(
      '"matchLabels":{"app":"bad"}',
      '"matchLabels":{"app":"x"}',
    );
    expect(await kubectl.fails('apply -f -', mismatch)).toContain(
      'The Deployment "bad" is invalid: spec.template.metadata.labels: Invalid value: {"app":"bad"}: `selector` does not match template `labels`',
    );
    expect(await kubectl.fails('create configmap Bad_Name')).toContain(
      'metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of',
    );
    expect(await kubectl.fails('get pods nope')).toBe(
      'Error from server (NotFound): pods "nope" not found\n',
    );
    expect(await kubectl.fails('create namespace team')).toBe(
      'Error from server (AlreadyExists): namespaces "team" already exists\n',
    );
  });

  test('custom resources: validation, defaults, columns, scale of nothing, explain', async () => {
    const route = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'r', namespace: 'default' },
      spec: { hostnames: ['a.example'], rules: [{ backendRefs: [{ name: 'front', port: 80 }] }] },
    };
    expect(await kubectl.ok('apply -f -', JSON.stringify(route))).toBe(
      'httproute.gateway.networking.k8s.io/r created\n',
    );
    expect(await kubectl.ok('get httproute')).toMatch(/^NAME +HOSTNAMES +AGE\nr +\["a.example"\] +\w+\n$/);
    expect(await kubectl.ok('get httproute r -o jsonpath={.spec.rules[0].matches[0].path.type}')).toBe(
      'PathPrefix',
    );
    const invalid = { ...route, spec: { hostnames: ['A b'] } };
    expect(await kubectl.fails('apply -f -', JSON.stringify(invalid))).toContain(
      'spec.hostnames[0]: Invalid value: "A b"',
    );
    expect(await kubectl.ok('explain httproute.spec.rules.backendRefs.port')).toContain(
      'FIELD: port <integer>',
    );
    expect(await kubectl.ok('explain deploy.spec.replicas')).toContain('Number of desired pods.');
    expect(await kubectl.fails('patch httproute r -p {}')).toMatch(
      /application\/strategic-merge-patch\+json is not supported/,
    );
    await kubectl.ok('delete httproute r');
  });

  test('logs, describe and events of a pod', async () => {
    await kubectl.client.create(resources.pods, pod('p'));
    await kubectl.client.update(resources.pods, await running(kubectl.client, 'p'), {
      subresource: 'status',
    });
    expect(await kubectl.ok('logs p --tail=2')).toBe('p/main two\np/main three\n');
    expect(await kubectl.ok('logs -f p')).toBe('p/main one\np/main two\np/main three\nfollowed\n');
    await kubectl.client.create(
      resources.events,
      event(await kubectl.client.get(resources.pods, { namespace: 'default', name: 'p' })),
    );
    const described = await kubectl.ok('describe pod p');
    expect(described).toMatch(/Status: +Running/);
    expect(described).toMatch(/Normal +Pulled +.* +tester +pulled it/);
    expect(await kubectl.ok('events --for pod/p')).toContain('pulled it');
    expect(await kubectl.ok('get pod p -o wide')).toMatch(/p +1\/1 +Running +0 +\w+ +127\.78\.0\.9 +weir/);
    expect(await kubectl.ok('describe deploy web')).toContain('StrategyType:');
    expect(await kubectl.ok('get pods --field-selector status.phase=Running -o name')).toBe('pod/p\n');
    expect(await kubectl.ok('get pods -l app=other -o name')).toBe('');
    expect(await kubectl.fails('exec p -- ls')).toContain(
      'the subresource pods/exec is not implemented by this API server',
    );
  });

  test('wait sees a condition that comes later, and --watch sees changes', async () => {
    const waiting = kubectl.run(['wait', '--for=condition=Available', 'deploy/web', '--timeout=110s']);
    const watching = kubectl.start(['get', 'deploy', 'web', '--watch', '--no-headers']);
    let seen = '';
    watching.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
    });
    await untilHolds(() => expect(seen).toMatch(/^web /));
    const web = await kubectl.client.get(resources.deployments, { namespace: 'default', name: 'web' });
    const conditions = [{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' }];
    const status = { ...web.status, readyReplicas: 2, conditions };
    await kubectl.client.update(resources.deployments, { ...web, status } as Deployment, {
      subresource: 'status',
    });
    expect(await waiting).toMatchObject({ code: 0, stdout: 'deployment.apps/web condition met\n' });
    await untilHolds(() => expect(seen).toMatch(/web +2\/2/));
  });

  test('replace and edit-like writes keep optimistic concurrency', async () => {
    const stale = await kubectl.ok('get configmap settings -o json');
    await kubectl.ok('patch configmap settings --type=merge -p {"data":{"a":"c"}}');
    expect(await kubectl.fails('replace -f -', stale)).toContain(
      'the object has been modified; please apply your changes to the latest version and try again',
    );
    const fresh = await kubectl.ok('get configmap settings -o json');
    expect(await kubectl.ok('replace -f -', fresh.replace('"a": "c"', '"a": "d"'))).toBe(
      'configmap/settings replaced\n',
    );
    expect(await kubectl.ok('create configmap dry --dry-run=server')).toBe(
      'configmap/dry created (server dry run)\n',
    );
    expect(await kubectl.fails('get configmap dry')).toContain('not found');
  });

  test('delete removes objects, and waits for pods that run', async () => {
    expect(await kubectl.ok('delete deploy web')).toBe(
      'deployment.apps "web" deleted from default namespace\n',
    );
    expect(await kubectl.fails('get deploy web')).toContain('deployments.apps "web" not found');
    const deleting = kubectl.run(['delete', 'pod', 'p', '--timeout=110s']);
    await untilHolds(async () => {
      const found = await kubectl.client.find(resources.pods, { namespace: 'default', name: 'p' });
      expect(found?.metadata).toMatchObject({ deletionGracePeriodSeconds: 30 });
    });
    expect(await kubectl.ok('get pod p --no-headers')).toMatch(/^p +1\/1 +Terminating/);
    await kubectl.client.delete(
      resources.pods,
      { namespace: 'default', name: 'p' },
      { gracePeriodSeconds: 0 },
    );
    expect(await deleting).toMatchObject({ code: 0 });
    expect(await kubectl.ok('delete configmap --all')).toContain('configmap "settings" deleted');
  });
});

function deployment(name: string): Deployment & { spec: NonNullable<Deployment['spec']> } {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: 'nginx:1.27', ports: [{ containerPort: 80 }] }] },
      },
    },
  };
}

function pod(name: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { nodeName: 'weir', containers: [{ name: 'main', image: 'nginx:1.27' }] },
  };
}

async function running(client: Client, name: string): Promise<Pod> {
  const found = await client.get(resources.pods, { namespace: 'default', name });
  const startedAt = new Date().toISOString().replace(/\.\d+Z/, 'Z');
  return {
    ...found,
    status: {
      phase: 'Running',
      podIP: '127.78.0.9',
      containerStatuses: [
        {
          name: 'main',
          image: 'nginx:1.27',
          imageID: '',
          ready: true,
          restartCount: 0,
          started: true,
          state: { running: { startedAt } },
        },
      ],
    },
  };
}

function event({ metadata: { name = '', uid = '' } }: Pod): CoreEvent {
  const time = new Date().toISOString().replace(/\.\d+Z/, 'Z');
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.1`, namespace: 'default' },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name, uid },
    type: 'Normal',
    reason: 'Pulled',
    message: 'pulled it',
    source: { component: 'tester' },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}

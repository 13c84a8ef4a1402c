import { readFileSync } from 'node:fs';
import path from 'node:path';
import { autoscalingResources } from '@weir/api/autoscaling';
import { gatewayResources } from '@weir/api/gateway';
import { inferenceObjectives, inferenceObjectivesX } from '@weir/api/inference';
import { type KubeObject, keyOf, type ResourceKind, resources } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import type { PolicyRule } from '@weir/api/workloads';
import { isKubeError } from '@weir/kube';
import { eventually, hasComponents } from '@weir/testing';
import { Agent, fetch } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { childKindOf } from './child-kinds.ts';
import type { ControllerProcess } from './controller-process.ts';
import { type InstalledCluster, startInstalledCluster, systemNamespace } from './installed-cluster.ts';
import { root } from './llmisvc-target.ts';
import {
  covers,
  type GrantedRight,
  grantedRights,
  rightText,
  textOf,
  type UsedRight,
  usedRights,
} from './used-rights.ts';

/** Golden inputs that together make every kind of child; each gets a namespace of its name. */
const scenarios = [
  'bucket-with-credentials',
  'criticality',
  'device-claim',
  'ingress',
  'multi-node-prefill-decode',
  'routing-group',
  'scaling',
  'scaling-by-keda',
  'tokenizer',
];

const partOf = 'app.kubernetes.io/part-of=llminferenceservice';

/** The lists that the manifests are made from. */
const lists = 'packages/llmisvc/src/access.ts and packages/cli/src/roles/controller/access.ts';

/** Rights that no request of this test shows, and why they are needed. */
const unseen: readonly (readonly [right: RegExp, why: string])[] = [
  [
    /^update llminferenceservices\/finalizers\./,
    'the server itself asks for it where owner references may block deletions (OwnerReferencesPermissionEnforcement)',
  ],
  [
    /^get (?!llm|customres)/,
    'an object of somebody else has the name of a child: it is looked at before it is told of',
  ],
];

describe.skipIf(!hasComponents('etcd', 'kube-apiserver', 'kubectl'))(
  'the controller with the rights of its manifests',
  () => {
    let cluster: InstalledCluster;
    let controller: ControllerProcess;
    /** Rights of the Roles that the controller made. */
    let handedOn: readonly string[] = [];

    beforeAll(async () => {
      cluster = await startInstalledCluster();
      await prepare(cluster);
      controller = await cluster.startInPod(['--metrics-secure', ...often]);
    }, 300_000);
    afterAll(async () => {
      await controller?.stop();
      await cluster?.stop();
    });

    test('kubectl finds nothing left to change once the manifests are applied', async () => {
      const { kubectl, manifests } = cluster;
      expect(await kubectl(['diff', '--server-side', '-f', '-'], manifests)).toEqual({ code: 0, out: '' });
    });

    const areAsked = (): Promise<boolean> =>
      eventually('the webhooks', async () => (await refusalOf(cluster))?.includes('denied the request'));

    test('the API server calls the webhooks through their Service', async () => {
      await areAsked();
    });

    test('metrics are for those who may get them', async () => {
      const read = (token?: string) => scrape(cluster, controller.metricsPort, token);
      expect(await read()).toMatchObject({ status: 401 });
      expect(await read('wrong')).toMatchObject({ status: 401 });
      expect(await read(await cluster.tokenOf('default', 'demo'))).toMatchObject({
        status: 403,
        text: expect.stringContaining('may not get the path /metrics'),
      });
      expect(await read(await cluster.tokenOf('reader', 'demo'))).toMatchObject({
        status: 200,
        text: expect.stringContaining('leader_election_master_status'),
      });
    });

    test('every kind of child is made, repaired and removed', async () => {
      const { client } = cluster;
      const inputs = scenarios.flatMap((name) => goldenOf(name, 'input.yaml'));
      await cluster.apply(inputs.map((input) => JSON.stringify(input)).join('\n---\n'));
      await eventually('all children', () => allExist(cluster), { everyMs: 500 });
      const { items: roles } = await client.list(resources.roles, {
        labelSelector: partOf,
      });
      const rules = roles.filter(({ metadata }) => metadata.namespace !== systemNamespace);
      handedOn = grantedRights(rules.flatMap((role) => role.rules ?? [])).map(rightText);

      // The second time, the event of the first is counted.
      for (let times = 0; times < 2; times++) await comesBack(cluster);
      await changesGroup(cluster);

      controller.program.signal('SIGTERM');
      expect(await controller.program.exited).toBe(0);
      await controller.stop();
      // It finds the mutating webhook of the first one, and does not want it.
      controller = await cluster.startInPod(['--defaulting-webhook=false', ...often]);
      await areAsked();
      const { items: services } = await client.list(servingResources.services);
      const stop = { metadata: { annotations: { 'serving.kserve.io/stop': 'true' } } };
      for (const one of services) await client.patch(servingResources.services, keyOf(one), stop);
      await eventually('all children to be gone', () => noneExists(cluster), { everyMs: 500 });
      for (const one of services) await client.delete(servingResources.services, keyOf(one));
      await eventually(
        'the services to be gone',
        async () => (await client.list(servingResources.services)).items.length === 0,
        { everyMs: 500 },
      );
    });

    test('what a release before left behind is gone, and nothing of others', async () => {
      const { items } = await cluster.client.list(autoscalingResources.variantAutoscalings);
      expect(items.map(({ metadata }) => metadata.name)).toEqual(['of-others']);
    });

    test('the version in which nothing is stored any more is forgotten', async () => {
      for (const name of servingDefinitions) {
        await eventually(`${name} to forget it`, async () => {
          const key = { namespace: '', name };
          const { status } = await cluster.client.get(resources.customResourceDefinitions, key);
          return status?.storedVersions?.join() === 'v1alpha2';
        });
      }
    });

    test('no request was refused', () => {
      const refused = cluster
        .requests()
        .filter(({ responseStatus }) => responseStatus?.code === 403)
        // A definition that goes takes no new objects; that is no matter of rights.
        .filter(({ responseStatus }) => !responseStatus?.message?.endsWith('is terminating'))
        .map(({ verb, requestURI, responseStatus }) => `${verb} ${requestURI}: ${responseStatus?.message}`);
      expect([...new Set(refused)], `declare the right: ${lists}`).toEqual([]);
    });

    test('every right that was used is declared as used', () => {
      const { everywhere, inSystem } = declared(cluster.manifests);
      const isDeclared = (used: UsedRight): boolean =>
        everywhere.some((right) => covers(right, used)) ||
        (used.namespace === systemNamespace && inSystem.some((right) => covers(right, used)));
      const undeclared = usedRights(cluster.requests()).filter((used) => !isDeclared(used));
      // The server allows it only because the controller may hand the same right on to others.
      expect(undeclared.map(textOf), `declare the right: ${lists}`).toEqual([]);
    });

    test('every right that is declared was used', () => {
      const { everywhere, inSystem } = declared(cluster.manifests);
      const used = usedRights(cluster.requests());
      const unused = (rights: readonly GrantedRight[], by: readonly UsedRight[]): string[] =>
        rights
          .filter((right) => !by.some((one) => covers(right, one)))
          .map(rightText)
          .filter((text) => !unseen.some(([pattern]) => pattern.test(text)));
      const local = used.filter(({ namespace }) => namespace === systemNamespace);
      const hint = `remove what is not needed any more, or let a scenario of this test use it: ${lists}`;
      expect([...unused(everywhere, used), ...unused(inSystem, local)], hint).toEqual([]);
    });

    test('what is held only to be handed on is what accounts of services get', () => {
      const held = declared(cluster.manifests).granted.map(rightText);
      expect([...new Set(held)].sort()).toEqual(
        [...new Set([...handedOn, 'bind clusterroles.rbac.authorization.k8s.io'])].sort(),
      );
    });
  },
);

/** Settings that make every service carry a CA bundle and look for a cached model, and a certificate that has to be made anew. */
const surroundings = `
apiVersion: v1
kind: ConfigMap
metadata: { name: inferenceservice-config, namespace: kserve }
data:
  storageInitializer: '{"caBundleConfigMapName": "authorities"}'
  localModel: '{"enabled": true}'
  autoscaling-wva-controller-config: '{"prometheus": {"url": "https://prometheus.test"}}'
---
apiVersion: v1
kind: ConfigMap
metadata: { name: authorities, namespace: kserve }
data: { cabundle.crt: PEM }
---
apiVersion: v1
kind: Secret
metadata: { name: llmisvc-webhook-server-cert, namespace: kserve }
type: kubernetes.io/tls
data: { tls.crt: "", tls.key: "" }
---
apiVersion: llmd.ai/v1alpha1
kind: VariantAutoscaling
metadata: { name: left, namespace: demo, labels: { app.kubernetes.io/part-of: llminferenceservice } }
---
apiVersion: llmd.ai/v1alpha1
kind: VariantAutoscaling
metadata: { name: of-others, namespace: demo }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: reader, namespace: demo }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: reader }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: kserve-llmisvc-metrics-reader-role }
subjects: [{ kind: ServiceAccount, name: reader, namespace: demo }]
`;

const servingDefinitions = [
  'llminferenceservices.serving.kserve.io',
  'llminferenceserviceconfigs.serving.kserve.io',
];
const often = ['--storage-migration-poll-interval=2s'];

async function prepare({ apply, client }: InstalledCluster): Promise<void> {
  // As if services had been stored by a release that knew the older version only.
  const former = { status: { storedVersions: ['v1alpha1', 'v1alpha2'] } };
  for (const name of servingDefinitions)
    await client.patch(resources.customResourceDefinitions, { namespace: '', name }, former, {
      subresource: 'status',
    });
  const namespaces = ['demo', ...scenarios].map(
    (name) => `
apiVersion: v1
kind: Namespace
metadata: { name: ${name} }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: default, namespace: ${name} }
`,
  );
  await apply([...namespaces, surroundings].join('---\n'));
}

/** A file of a golden folder, in a namespace of its own; settings are those of all. */
function goldenOf(name: string, file: string): KubeObject[] {
  const text = readFileSync(path.join(root, 'test/golden', name, file), 'utf8');
  return parseAllDocuments(text.replaceAll(/\bdemo\b/g, name).replaceAll(/\buid: [0-9a-f-]{36}/g, ''))
    .map((document) => document.toJS() as KubeObject)
    .filter(({ metadata }) => metadata !== undefined && metadata.name !== 'inferenceservice-config');
}

async function allExist({ client }: InstalledCluster): Promise<boolean> {
  for (const child of scenarios.flatMap((name) => goldenOf(name, 'expected.yaml'))) {
    const kind = childKindOf(child);
    if (kind !== undefined && (await client.find(kind, keyOf(child))) === undefined) {
      throw new Error(`${child.kind} ${child.metadata.namespace}/${child.metadata.name} does not exist`);
    }
  }
  return true;
}

async function noneExists({ client }: InstalledCluster): Promise<boolean> {
  const { items } = await client.list(resources.deployments, { labelSelector: partOf });
  return items.length === 0;
}

async function comesBack({ client }: InstalledCluster): Promise<void> {
  const route = { namespace: 'routing-group', name: 'a-kserve-route' };
  const before = await client.get(gatewayResources.httpRoutes, route);
  await client.delete(gatewayResources.httpRoutes, route);
  await eventually('the route again', async () => {
    const after = await client.find(gatewayResources.httpRoutes, route);
    return after !== undefined && after.metadata.uid !== before.metadata.uid;
  });
}

/** Objectives had another group before; a server may know that one only, for a while. */
async function changesGroup({ client, apply }: InstalledCluster): Promise<void> {
  const name = `${inferenceObjectives.plural}.${inferenceObjectives.group}`;
  const definitions = resources.customResourceDefinitions as ResourceKind;
  const definition = await client.get(definitions, { namespace: '', name });
  const comes = (kind: ResourceKind): Promise<boolean> =>
    eventually(
      `objectives of ${kind.group}`,
      async () => (await client.list(kind, { namespace: 'criticality' })).items.length > 0,
      { everyMs: 200 },
    );
  await client.delete(definitions, { namespace: '', name });
  await comes(inferenceObjectivesX as ResourceKind);
  const { spec } = definition as KubeObject & { spec: object };
  const { annotations } = definition.metadata;
  await apply(JSON.stringify({ ...definition, metadata: { name, annotations }, spec, status: undefined }));
  await comes(inferenceObjectives as ResourceKind);
}

/** What the server says to a service that a webhook has to refuse. */
async function refusalOf({ client }: InstalledCluster): Promise<string | undefined> {
  const rules = [{ backendRefs: [{ name: 'backend', port: 80 }] }];
  const service = {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { name: 'refused', namespace: 'demo' },
    spec: {
      model: { uri: 'hf://a/b' },
      router: { route: { http: { refs: [{ name: 'r' }], spec: { rules } } } },
    },
  };
  try {
    await client.create(servingResources.services as ResourceKind, service, { dryRun: true });
    return undefined;
  } catch (error) {
    if (!isKubeError(error)) throw error;
    return error.message;
  }
}

/** What the three roles of the manifests say. */
function declared(manifests: string): {
  readonly everywhere: readonly GrantedRight[];
  readonly granted: readonly GrantedRight[];
  readonly inSystem: readonly GrantedRight[];
} {
  const objects = parseAllDocuments(manifests).map((document) => document.toJS() as KubeObject);
  const rulesOf = (name: string): readonly GrantedRight[] => {
    const role = objects.find(({ metadata }) => metadata.name === `kserve-llmisvc-${name}-role`);
    return grantedRights((role as { rules?: PolicyRule[] } | undefined)?.rules ?? []);
  };
  return { everywhere: rulesOf('manager'), granted: rulesOf('granted'), inSystem: rulesOf('system') };
}

/** GET /metrics over TLS. */
async function scrape(
  { client }: InstalledCluster,
  port: number,
  token?: string,
): Promise<{ readonly status: number; readonly text: string }> {
  const key = { namespace: systemNamespace, name: 'llmisvc-controller-manager-metrics-cert' };
  const { data } = await client.get(resources.secrets, key);
  const ca = Buffer.from(data?.['ca.crt'] ?? '', 'base64').toString();
  const servername = 'llmisvc-controller-manager-service.kserve.svc';
  const agent = new Agent({ connect: { ca, servername } });
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`https://127.0.0.1:${port}/metrics`, { headers, dispatcher: agent });
  const answer = { status: response.status, text: await response.text() };
  await agent.destroy();
  return answer;
}

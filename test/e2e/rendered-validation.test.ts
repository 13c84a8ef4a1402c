import { setTimeout as sleep } from 'node:timers/promises';
import { type Condition, failureStatus, type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import { conditionTypes, type LLMInferenceServiceStatus, servingResources } from '@weir/api/serving';
import { Client, type Fetch } from '@weir/kube';
import { eventually, hasComponents } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startController } from './in-process-controller.ts';
import {
  installGateway,
  installPresets,
  type Server,
  startServer,
  type TargetName,
} from './llmisvc-target.ts';

const namespace = 'demo';
const { services, configs } = servingResources;
const targets: readonly TargetName[] = ['embedded', 'kubernetes'];

/** Instead of the server's answer to a create that is not carried out; null: the server answers. */
type Fault = (() => Promise<Response>) | null;

describe.each(targets)('a merged spec is judged by the API server: %s', (name) => {
  describe.skipIf(name === 'kubernetes' && !hasComponents('etcd', 'kube-apiserver'))('', () => {
    let server: Server;
    let client: Client;
    let fault: Fault = null;
    /** Requests of the controller that write, or would. */
    const writes: string[] = [];
    let controller: { stop(): Promise<void> };

    const faulty: Fetch = (path, init = {}) => {
      if (init.method === undefined || init.method === 'GET') return server.fetch(path, init);
      const isDry = path.includes('dryRun=All');
      writes.push(`${init.method} ${path.split('?')[0]}${isDry ? ' dry' : ''}`);
      return isDry && fault !== null ? fault() : server.fetch(path, init);
    };

    beforeAll(async () => {
      server = await startServer(name);
      client = new Client({ fetch: server.fetch, fieldManager: 'test' });
      await installPresets(client);
      await installGateway(client);
      const metadata = { name: namespace };
      await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata });
      controller = await startController(faulty);
    });
    afterAll(async () => {
      await controller?.stop();
      await server?.stop();
    });

    const create = (kind: string, object: string, spec: object): Promise<KubeObject> =>
      client.create(
        (kind === services.kind ? services : configs) as ResourceKind,
        {
          apiVersion: 'serving.kserve.io/v1alpha2',
          kind,
          metadata: { namespace, name: object },
          spec,
        } as KubeObject,
      );
    const statusOf = async (service: string): Promise<LLMInferenceServiceStatus | undefined> =>
      (await client.get(services, { namespace, name: service })).status;
    const deploymentOf = (service: string) =>
      client.find(resources.deployments, { namespace, name: `${service}-kserve` });
    const condition = async (service: string, status: Condition['status']): Promise<Condition> => {
      let found: Condition | undefined;
      await eventually(`PresetsCombined ${status} of ${service}`, async () => {
        const { conditions } = (await statusOf(service)) ?? {};
        found = conditions?.find(({ type }) => type === conditionTypes.presetsCombined);
        return found?.status === status;
      });
      return found as Condition;
    };
    const dryRuns = (): number => writes.filter((one) => one.endsWith(' dry')).length;

    test('layers that are valid alone and break a rule together stop the service, with field and origin', async () => {
      await create(configs.kind, 'scaled', { scaling: { maxReplicas: 2, keda: { triggers: [cron] } } });
      await create(services.kind, 'a', { model: { uri: 'hf://a/b' }, baseRefs: [{ name: 'scaled' }] });
      await condition('a', 'True');
      await eventually('its Deployment', async () => (await deploymentOf('a')) !== undefined);
      const before = await deploymentOf('a');

      const wva = { scaling: { maxReplicas: 3, wva: { hpa: {} } } };
      await client.patch(services, { namespace, name: 'a' }, { spec: wva });
      const { reason, message } = await condition('a', 'False');
      expect(reason).toBe('InvalidRenderedConfig');
      expect(message).toMatch(
        /^dry-run validation failed after merging configs \[Preset:kserve\/kserve-config-llm-template, UserRef:demo\/scaled\]: spec\.scaling: .*wva and keda are mutually exclusive.* \(set in UserRef:demo\/scaled and the service itself\)/,
      );
      expect((await statusOf('a'))?.appliedConfigs).toEqual([
        { source: 'Preset', namespace: 'kserve', name: 'kserve-config-llm-template' },
        { source: 'UserRef', namespace, name: 'scaled' },
      ]);
      expect((await deploymentOf('a'))?.metadata.generation, 'children stay as they are').toBe(
        before?.metadata.generation,
      );
      await eventually('the event', async () => {
        const { items } = await client.list(resources.events, { namespace });
        return items.some((event) => 'reason' in event && event.reason === 'InvalidRenderedConfig');
      });

      writes.splice(0);
      await sleep(1500);
      expect(dryRuns(), 'no retry without a change').toBe(0);
      const mended = { scaling: { keda: null, wva: { hpa: {} } } };
      await client.patch(configs, { namespace, name: 'scaled' }, { spec: mended });
      await condition('a', 'True');
    });

    test.each([
      ['500', () => Promise.resolve(refusal(500, 'InternalError')), 'try later'],
      ['no answer in time', () => Promise.reject(new DOMException('too late', 'TimeoutError')), 'too late'],
    ])('%s leaves it open, is retried with back-off, and ends by itself', async (code, answer, text) => {
      const service = `b-${code.slice(0, 2)}`;
      fault = answer;
      writes.splice(0);
      await create(services.kind, service, { model: { uri: 'hf://a/b' } });
      expect(await condition(service, 'Unknown')).toMatchObject({
        reason: 'ValidationUnavailable',
        message: `dry-run validation failed after merging configs [Preset:kserve/kserve-config-llm-template]: ${text}`,
      });
      expect((await statusOf(service))?.appliedConfigs).toHaveLength(1);
      await eventually('the third retry', () => dryRuns() > 3);
      await sleep(1000);
      expect(await deploymentOf(service)).toBeUndefined();
      expect(dryRuns(), 'each attempt waits longer').toBeLessThan(15);
      expect(writes.filter((one) => one.endsWith(`/${service}/status`))).toHaveLength(1);
      fault = null;
      await condition(service, 'True');
      await eventually('its Deployment', async () => (await deploymentOf(service)) !== undefined);
    });

    test('each spec is asked about once, whatever else happens and whoever asks', async () => {
      writes.splice(0);
      await create(services.kind, 'c', { model: { uri: 'hf://a/b' }, replicas: 2 });
      await condition('c', 'True');
      await client.patch(services, { namespace, name: 'c' }, { metadata: { labels: { team: 'red' } } });
      await eventually('the label on its Deployment', async () => {
        const deployment = await deploymentOf('c');
        if (deployment === undefined) return false;
        await client.delete(resources.deployments, { namespace, name: 'c-kserve' }, {});
        return true;
      });
      await eventually('its Deployment again', async () => (await deploymentOf('c')) !== undefined);
      expect(dryRuns()).toBe(1);

      await controller.stop();
      writes.splice(0);
      controller = await startController(faulty);
      await sleep(1500);
      const own = writes.filter((one) => one.includes(`/${namespace}/`));
      expect(own, 'a new process knows').toEqual([]);
      await client.patch(services, { namespace, name: 'c' }, { spec: { replicas: 3 } });
      await eventually('the replicas', async () => (await deploymentOf('c'))?.spec?.replicas === 3);
      expect(dryRuns()).toBe(1);
    });
  });
});

const cron = { type: 'cron', metadata: { start: '0 8 * * *', end: '0 9 * * *', desiredReplicas: '2' } };

function refusal(code: number, reason: string): Response {
  return Response.json(failureStatus(code, reason, 'try later'), { status: code });
}

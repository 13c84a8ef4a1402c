import { type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import type { Client } from '../client.ts';
import { isKubeError } from '../errors.ts';

/** Where an API server finds the webhooks. */
export type WebhookTarget =
  | { readonly type: 'url'; readonly base: string }
  | { readonly type: 'service'; readonly namespace: string; readonly name: string; readonly port: number };

/** One entry of a webhook configuration. */
export interface WebhookEntry {
  readonly name: string;
  readonly path: string;
  readonly rule: {
    readonly group: string;
    readonly version: string;
    readonly plural: string;
    readonly operations: readonly string[];
  };
  /** CEL; the webhook is asked only about what all of them hold for. Default: everything that the rule selects. */
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
}

export interface WebhookSet {
  /** Configuration objects by name. */
  readonly validating: Readonly<Record<string, readonly WebhookEntry[]>>;
  readonly mutating: Readonly<Record<string, readonly WebhookEntry[]>>;
  readonly conversion: { readonly path: string; readonly definitions: readonly string[] };
}

interface WebhookConfiguration extends KubeObject {
  webhooks: readonly object[];
}

const admissionVersions = ['v1', 'v1beta1'];

export const webhookKinds: Readonly<Record<'validating' | 'mutating', ResourceKind<WebhookConfiguration>>> = {
  validating: configurationKind('ValidatingWebhookConfiguration', 'validatingwebhookconfigurations'),
  mutating: configurationKind('MutatingWebhookConfiguration', 'mutatingwebhookconfigurations'),
};

function configurationKind(kind: string, plural: string): ResourceKind<WebhookConfiguration> {
  return { group: 'admissionregistration.k8s.io', version: 'v1', kind, plural, namespaced: false };
}

/** Makes the configurations and the conversion stanzas say how the webhooks are reached. Writes only what differs. */
export async function installWebhooks(
  client: Client,
  set: WebhookSet,
  target: WebhookTarget,
  caBundlePem: string,
): Promise<void> {
  const caBundle = Buffer.from(caBundlePem).toString('base64');
  const conversion = { ...clientConfig(target, set.conversion.path), caBundle };
  const configurations = (['validating', 'mutating'] as const).flatMap((type) =>
    Object.entries(set[type]).map(async ([name, entries]) => {
      const webhooks = entries.map((entry) => webhookOf(entry, target, caBundle));
      await client.apply(webhookKinds[type], configurationOf(type, name, webhooks));
    }),
  );
  await Promise.all([
    ...configurations,
    ...set.conversion.definitions.map((name) => installConversion(client, name, conversion)),
  ]);
}

function configurationOf(
  type: 'validating' | 'mutating',
  name: string,
  webhooks: readonly object[],
): WebhookConfiguration {
  const { group, version, kind } = webhookKinds[type];
  return { apiVersion: `${group}/${version}`, kind, metadata: { name }, webhooks };
}

function webhookOf(entry: WebhookEntry, target: WebhookTarget, caBundle: string): object {
  const { name, path, rule, matchConditions } = entry;
  return {
    name,
    clientConfig: { ...clientConfig(target, path), caBundle },
    rules: [
      {
        apiGroups: [rule.group],
        apiVersions: [rule.version],
        operations: rule.operations,
        resources: [rule.plural],
        scope: '*',
      },
    ],
    failurePolicy: 'Fail',
    // Every served version has an entry of its own.
    matchPolicy: 'Exact',
    sideEffects: 'None',
    timeoutSeconds: 10,
    admissionReviewVersions: admissionVersions,
    ...(matchConditions === undefined ? {} : { matchConditions }),
  };
}

function clientConfig(target: WebhookTarget, path: string): { url: string } | { service: object } {
  if (target.type === 'url') return { url: `${target.base}${path}` };
  const { namespace, name, port } = target;
  return { service: { namespace, name, port, path } };
}

/** Definitions are written by several controllers of the server while they are new. */
const conversionAttempts = 5;

/**
 * The definition itself belongs to whoever installed it; only its stanza is ours. An update costs a server half of what
 * a patch does: definitions are large.
 */
async function installConversion(client: Client, name: string, config: object): Promise<void> {
  const conversion = {
    strategy: 'Webhook',
    webhook: { clientConfig: config, conversionReviewVersions: admissionVersions },
  };
  for (let attempt = 1; ; attempt++) {
    const definition = await client.get(resources.customResourceDefinitions, { namespace: '', name });
    if (isContained(conversion, definition.spec.conversion)) return;
    const { spec } = definition;
    try {
      await client.update(resources.customResourceDefinitions, {
        ...definition,
        spec: { ...spec, conversion },
      });
      return;
    } catch (error) {
      if (attempt === conversionAttempts || !isKubeError(error, 'Conflict')) throw error;
    }
  }
}

/** Whether everything that is wanted is there; servers add defaults. */
function isContained(wanted: unknown, actual: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return wanted === actual;
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(wanted).every(([key, value]) =>
    isContained(value, (actual as Record<string, unknown>)[key]),
  );
}

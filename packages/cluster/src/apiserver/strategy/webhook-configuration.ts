import { isDeepStrictEqual } from 'node:util';
import type { FieldError } from '@weir/api/meta';
import { duplicate, invalid, notSupported, required } from '@weir/api/meta';
import { qualifiedNameErrors, subdomainErrorsOf } from '../rest/names.ts';
import type { MatchCondition, Webhook, WebhookConfiguration } from '../webhooks/configuration.ts';
import { conditionProblem } from '../webhooks/match-conditions.ts';
import { clientConfigErrors, setClientConfigDefaults } from './client-config.ts';
import { reviewVersionErrors } from './review-versions.ts';
import { defineStrategy, type Strategy } from './strategy.ts';
import { ruleErrors } from './webhook-rule.ts';
import { selectorErrors } from './webhook-selector.ts';

type Draft = { -readonly [K in keyof Webhook]: Webhook[K] };

const defaultTimeoutSeconds = 10;
const maxConditions = 64;

/** Rules of MutatingWebhookConfigurations and ValidatingWebhookConfigurations, which differ in one field. */
export function webhookConfigurationStrategy(isMutating: boolean): Strategy {
  return defineStrategy<WebhookConfiguration>({
    hasGeneration: true,
    setDefaults: ({ webhooks = [] }) => {
      for (const webhook of webhooks) setWebhookDefaults(webhook, isMutating);
    },
    validate: (object, old) => {
      const webhooks = object.webhooks ?? [];
      const before = (old?.webhooks ?? []).map(({ matchConditions }) => matchConditions);
      const isSame = isDeepStrictEqual(
        webhooks.map(({ matchConditions }) => matchConditions),
        before,
      );
      return webhooks.flatMap((webhook, index) => [
        ...webhookErrors(webhook, `webhooks[${index}]`),
        ...(isSame
          ? []
          : conditionErrors(webhook.matchConditions ?? [], `webhooks[${index}].matchConditions`)),
        ...reviewVersionErrors(
          webhook.admissionReviewVersions ?? [],
          `webhooks[${index}].admissionReviewVersions`,
        ),
        ...nameClash(webhooks, index),
      ]);
    },
  });
}

function setWebhookDefaults(webhook: Draft, isMutating: boolean): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= defaultTimeoutSeconds;
  if (isMutating) webhook.reinvocationPolicy ??= 'Never';
  for (const rule of webhook.rules ?? []) (rule as { scope?: string }).scope ??= '*';
  webhook.name ??= '';
  webhook.clientConfig ??= {};
  setClientConfigDefaults(webhook.clientConfig);
}

const choices: readonly (readonly [keyof Webhook & string, readonly string[]])[] = [
  ['failurePolicy', ['Fail', 'Ignore']],
  ['matchPolicy', ['Equivalent', 'Exact']],
  ['sideEffects', ['None', 'NoneOnDryRun']],
  ['reinvocationPolicy', ['IfNeeded', 'Never']],
];

function webhookErrors(webhook: Webhook, path: string): FieldError[] {
  const { timeoutSeconds = defaultTimeoutSeconds, sideEffects, rules = [] } = webhook;
  const errors = [
    ...qualifiedErrors(webhook.name, `${path}.name`),
    ...rules.flatMap((rule, index) => ruleErrors(rule, `${path}.rules[${index}]`)),
  ];
  if (sideEffects === undefined)
    errors.push(required(`${path}.sideEffects`, 'must specify one of None, NoneOnDryRun'));
  for (const [field, allowed] of choices) {
    const value = webhook[field];
    if (typeof value === 'string' && !allowed.includes(value))
      errors.push(notSupported(`${path}.${field}`, value, allowed));
  }
  if (timeoutSeconds < 1 || timeoutSeconds > 30) {
    const detail = 'the timeout value must be between 1 and 30 seconds';
    errors.push(invalid(`${path}.timeoutSeconds`, timeoutSeconds, detail));
  }
  return [
    ...errors,
    ...selectorErrors(webhook.namespaceSelector ?? {}, `${path}.namespaceSelector`),
    ...selectorErrors(webhook.objectSelector ?? {}, `${path}.objectSelector`),
    ...clientConfigErrors(webhook.clientConfig, `${path}.clientConfig`),
  ];
}

/** Names of webhooks are domain names of at least three parts. */
function qualifiedErrors(name: string, path: string): FieldError[] {
  if (name === '') return [required(path)];
  const errors = subdomainErrorsOf(name).map((detail) => invalid(path, name, detail));
  if (errors.length > 0) return errors;
  if (name.split('.').length < 3)
    return [invalid(path, name, 'should be a domain with at least three segments separated by dots')];
  return [];
}

function nameClash(webhooks: readonly Webhook[], index: number): FieldError[] {
  const { name = '' } = webhooks[index] ?? {};
  const first = webhooks.findIndex((one) => one.name === name);
  return name === '' || first === index ? [] : [duplicate(`webhooks[${index}].name`, name)];
}

function conditionErrors(conditions: readonly MatchCondition[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (conditions.length > maxConditions) {
    const detail = `must have at most ${maxConditions} items`;
    errors.push({ type: 'TooMany', path, value: conditions.length, detail });
  }
  conditions.forEach(({ name = '', expression = '' }, index) => {
    const text = expression.trim();
    const problem = text === '' ? null : conditionProblem(text);
    if (text === '') errors.push(required(`${path}[${index}].expression`));
    if (problem !== null) errors.push(invalid(`${path}[${index}].expression`, text, problem));
    if (name === '') errors.push(required(`${path}[${index}].name`));
    else
      errors.push(
        ...qualifiedNameErrors(name).map((detail) => invalid(`${path}[${index}].name`, name, detail)),
      );
    if (name !== '' && conditions.findIndex((one) => one.name === name) < index)
      errors.push(duplicate(`${path}[${index}].name`, name));
  });
  return errors;
}

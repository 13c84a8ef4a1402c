import type { MatchCondition, Webhook, WebhookConfiguration } from './configuration.ts';
import { type Conditions, compileConditions } from './match-conditions.ts';

/** A webhook with everything computed that does not depend on requests. */
export interface CompiledWebhook extends Webhook {
  /** Unique among all webhooks of its type. */
  readonly key: string;
  readonly conditions: Conditions | null;
  /** Version of the review that it understands; null when this server speaks none of them. */
  readonly reviewVersion: 'v1' | 'v1beta1' | null;
  readonly ignoresFailures: boolean;
}

export function compileWebhooks(configuration: WebhookConfiguration): CompiledWebhook[] {
  return (configuration.webhooks ?? []).map((webhook, index) => ({
    ...webhook,
    key: `${configuration.metadata.name ?? ''}/${webhook.name}/${index}`,
    conditions: conditionsOf(webhook.matchConditions ?? []),
    reviewVersion: reviewVersionOf(webhook.admissionReviewVersions ?? []),
    ignoresFailures: webhook.failurePolicy === 'Ignore',
  }));
}

function conditionsOf(conditions: readonly MatchCondition[]): Conditions | null {
  return conditions.length === 0 ? null : compileConditions(conditions);
}

function reviewVersionOf(versions: readonly string[]): CompiledWebhook['reviewVersion'] {
  for (const version of versions) if (version === 'v1' || version === 'v1beta1') return version;
  return null;
}

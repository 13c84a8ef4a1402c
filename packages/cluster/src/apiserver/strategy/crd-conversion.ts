import type { FieldError } from '@weir/api/meta';
import { forbidden, notSupported, required } from '@weir/api/meta';
import type { CustomResourceConversion } from '@weir/api/workloads';
import { caBundleErrors, clientConfigErrors } from './client-config.ts';
import { reviewVersionErrors } from './review-versions.ts';

const path = 'spec.conversion';
// Kubernetes names the fields as in its internal type.
const configPath = `${path}.webhookClientConfig`;
const versionsPath = `${path}.conversionReviewVersions`;
const strategies: readonly string[] = ['None', 'Webhook'];

/**
 * Problems of how a definition wants its objects converted; `old` is absent for a new one, whose CA bundle is not
 * looked at, nor is that of one that had a bad one before.
 */
export function conversionErrors(
  conversion: CustomResourceConversion | undefined,
  old: CustomResourceConversion | undefined,
): FieldError[] {
  const { strategy = 'None', webhook } = conversion ?? {};
  if (strategy === '') return [required(`${path}.strategy`)];
  if (!strategies.includes(strategy)) return [notSupported(`${path}.strategy`, strategy, strategies)];
  if (strategy === 'Webhook') return webhookErrors(webhook, old);
  const detail = 'should not be set when strategy is not set to Webhook';
  return [
    ...(webhook?.clientConfig === undefined ? [] : [forbidden(configPath, detail)]),
    ...((webhook?.conversionReviewVersions ?? []).length === 0 ? [] : [forbidden(versionsPath, detail)]),
  ];
}

function webhookErrors(
  webhook: CustomResourceConversion['webhook'],
  old: CustomResourceConversion | undefined,
): FieldError[] {
  const config = webhook?.clientConfig;
  const caBundle = config?.caBundle ?? '';
  const before = old?.webhook?.clientConfig?.caBundle ?? '';
  const wasGood = old !== undefined && (before === '' || caBundleErrors(before, configPath).length === 0);
  return [
    ...(config === undefined
      ? [required(configPath, 'required when strategy is set to Webhook')]
      : clientConfigErrors(config, configPath)),
    ...(caBundle === '' || !wasGood ? [] : caBundleErrors(caBundle, `${configPath}.caBundle`)),
    ...reviewVersionErrors(webhook?.conversionReviewVersions ?? [], versionsPath, ''),
  ];
}

import type { Converter } from '@weir/api/meta';
import type { CustomResourceDefinition } from '@weir/api/workloads';
import { inProcessConversion } from '../registry/conversion.ts';
import type { Conversion } from '../registry/served-kind.ts';
import { webhookConversion } from './conversion-webhook.ts';
import type { WebhookClient } from './webhook-client.ts';

/** How the objects of a definition are converted: by its webhook if it has one, else by a converter of this process. */
export function chooseConversion(
  definition: CustomResourceDefinition,
  converters: readonly Converter[],
  client: WebhookClient,
): Conversion {
  const { group, names, conversion } = definition.spec;
  if (conversion?.strategy === 'Webhook' && conversion.webhook !== undefined) {
    return webhookConversion(definition, conversion.webhook, client);
  }
  const converter = converters.find((one) => one.group === group && one.kind === names.kind);
  return inProcessConversion(definition, converter);
}

import { type ApiError, refusedWithWarnings } from '../api-error.ts';
import type { ServerContext } from '../context.ts';
import type { Target } from '../registry/served-kind.ts';
import type { AdmissionAttributes, VersionedObjects } from './attributes.ts';
import { callWebhook, refusalFrom } from './call-webhook.ts';
import type { CompiledWebhook } from './compiled-webhook.ts';
import { convertObjects, isExempt, type Selected, selectWebhook } from './select-webhook.ts';

/** Asks all validating webhooks that a request concerns, at the same time. Returns their warnings or refuses. */
export async function validateByWebhooks(
  context: ServerContext,
  attributes: AdmissionAttributes,
): Promise<readonly string[]> {
  const { validating } = context.webhooks;
  if (validating.length === 0 || isExempt(attributes.target)) return [];
  const inVersion = versionsOf(attributes);
  const calls: { readonly webhook: CompiledWebhook; readonly selected: Selected }[] = [];
  for (const webhook of validating) {
    const selected = await selectWebhook(context, webhook, attributes, inVersion);
    if (selected !== null) calls.push({ webhook, selected });
  }
  const warnings: string[] = [];
  const refusals = await Promise.all(
    calls.map(({ webhook, selected }) =>
      refusalOf(context, webhook, { ...selected, dryRun: attributes.dryRun, warnings }),
    ),
  );
  const refusal = refusals.find((one) => one !== null);
  if (refusal !== undefined && refusal !== null) throw refusedWithWarnings(refusal, warnings);
  return warnings;
}

async function refusalOf(
  context: ServerContext,
  webhook: CompiledWebhook,
  call: Selected & { readonly dryRun: boolean; readonly warnings: string[] },
): Promise<ApiError | null> {
  try {
    await callWebhook(context, webhook, { ...call, mayPatch: false });
    return null;
  } catch (error) {
    return refusalFrom(context, webhook, error);
  }
}

/** The objects in every version that webhooks ask for, each converted once. */
function versionsOf(attributes: AdmissionAttributes): (target: Target) => Promise<VersionedObjects> {
  const converted = new Map<string, Promise<VersionedObjects>>();
  return (target) => {
    const { name } = target.version;
    const known = converted.get(name) ?? convertObjects(attributes, target);
    converted.set(name, known);
    return known;
  };
}

import type { KubeObject, ObjectRef } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import {
  type Combined,
  computeDesired,
  layerText,
  type Observed,
  type Origin,
  observeDocuments,
  originsOf,
} from '@weir/llmisvc';
import { stringify } from 'yaml';
import type { CliContext } from '../context.ts';
import { cliErrors } from '../errors.ts';
import { compose, type Surroundings, storedService } from './check.ts';
import { nameOf, readDocuments } from './documents.ts';
import { leavesAt } from './leaves.ts';
import { loadSurroundings, type SurroundingsOptions } from './surroundings.ts';

export interface RenderOptions extends SurroundingsOptions {
  /** A field whose origin is asked for. */
  readonly why?: string;
}

/** One service with everything that follows from it. */
export interface Rendered {
  readonly service: KubeObject;
  readonly combined: Combined;
  readonly children: readonly KubeObject[];
  /** Of the children that exist, those that are not wanted any more. */
  readonly remove: readonly ObjectRef[];
  /** What the controller would say about children that it cannot make, or makes only in a cluster. */
  readonly notes: readonly string[];
}

/** Prints composed specs and the objects made from them; returns the exit code. */
export async function render(context: CliContext, options: RenderOptions): Promise<number> {
  const documents = await readDocuments(context, options.filename, options.namespace ?? 'default');
  const services = documents.filter(({ kind }) => kind === servingResources.services.kind);
  if (services.length === 0) throw cliErrors.USAGE({ problem: 'no LLMInferenceService in the files' });
  const surroundings = await loadSurroundings(context, options, documents);
  const rendered = services.map((service) => renderService(service, documents, surroundings));
  for (const { service, combined, notes } of rendered) {
    const failure = combined.type === 'failed' ? [`${combined.reason}: ${combined.message}`] : [];
    for (const note of [...failure, ...notes]) context.stderr.write(`${nameOf(service)}: ${note}\n`);
  }
  for (const one of rendered) {
    context.stdout.write(options.why === undefined ? objectsText(one, options) : whyText(one, options.why));
  }
  return rendered.some(({ combined }) => combined.type === 'failed') ? 2 : 0;
}

export function renderService(
  document: KubeObject,
  documents: readonly KubeObject[],
  surroundings: Surroundings,
  existing: Observed['children'] = [],
): Rendered {
  const service = storedService(document);
  const combined = compose(document, surroundings);
  if (combined.type === 'failed') return { service, combined, children: [], remove: [], notes: [] };
  const { spec } = combined;
  const observed = observeDocuments(documents, { service, spec, platform: surroundings.platform });
  const { platform } = surroundings;
  const world = { ...observed, children: existing };
  const { parts, remove } = computeDesired({ service, spec, platform, observed: world });
  const children = parts.flatMap((part) => [
    ...part.apply.map(({ object }) => object),
    ...(part.generate ?? []).map(({ secret }) => secret),
  ]);
  const secrets = parts.flatMap((part) => part.generate ?? []).map(({ secret }) => nameOf(secret));
  return {
    service: { ...service, spec } as KubeObject,
    combined,
    children,
    remove,
    notes: [
      ...secrets.map((name) => `${name}: the controller makes its key pair`),
      ...parts
        .flatMap((part) => part.conditions ?? [])
        .map(({ type, reason, message }) => `${type}: ${reason}: ${message}`),
    ],
  };
}

function objectsText({ service, combined, children }: Rendered, { output }: RenderOptions): string {
  if (combined.type === 'failed') return '';
  const objects = [service, ...children];
  if (output === 'json') {
    const layers = combined.layers.map(layerText);
    return `${JSON.stringify({ schema: 'weir.dev/render/v1', layers, objects }, null, 2)}\n`;
  }
  const layers = combined.layers.map((layer) => `#   ${layerText(layer)}\n`).join('');
  const texts = objects.map(
    (object) =>
      `---\n${stringify(object, { lineWidth: 0, aliasDuplicateObjects: false, sortMapEntries: true })}`,
  );
  return `# ${nameOf(service)}, composed from\n${layers}${texts.join('')}`;
}

function whyText({ service, combined }: Rendered, path: string): string {
  if (combined.type === 'failed') return '';
  const leaves = leavesAt(combined.spec, path);
  if (leaves === null) {
    throw cliErrors.USAGE({ problem: `${nameOf(service)} has no field ${path} once composed` });
  }
  return leaves
    .map(({ path: at, value }) => {
      const origins = originsOf(combined.layers, combined.spec, at) ?? [];
      const [winner, ...below] = origins.toReversed();
      const from = winner === undefined ? 'filled in from the name and the settings' : originText(winner);
      const over = below.map((origin) => `    over ${originText(origin)}\n`).join('');
      return `${at}: ${JSON.stringify(value)}\n  from ${from}\n${over}`;
    })
    .join('');
}

function originText({ layer, value }: Origin): string {
  const text = JSON.stringify(value);
  const isTemplate = typeof value === 'string' && value.includes('{{');
  return isTemplate && text.length <= 120 ? `${layerText(layer)}, template ${text}` : layerText(layer);
}

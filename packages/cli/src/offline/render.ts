import type { KubeObject, ObjectRef } from '@weir/api/meta';
import { servingResources, stopAnnotation } from '@weir/api/serving';
import {
  assumedObjects,
  type Combined,
  computeDesired,
  computeNothing,
  type DocumentedService,
  layerText,
  type Observed,
  type Origin,
  observeDocuments,
  originsOf,
} from '@weir/llmisvc';
import { stringify } from 'yaml';
import type { CliContext } from '../context.ts';
import { cliErrors } from '../errors.ts';
import { compose, type Surroundings, storedService } from './compose.ts';
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
  /** Secrets that the controller fills with key pairs. */
  readonly secrets: readonly KubeObject[];
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
  const rendered = services.map((service) => renderDocument(service, documents, surroundings));
  for (const { service, combined, secrets, notes } of rendered) {
    const keys = secrets.map((secret) => `${nameOf(secret)}: the controller makes its key pair`);
    const failure = combined.type === 'failed' ? [`${combined.reason}: ${combined.message}`] : [];
    for (const note of [...failure, ...keys, ...notes]) context.stderr.write(`${nameOf(service)}: ${note}\n`);
  }
  for (const one of rendered) {
    context.stdout.write(options.why === undefined ? objectsText(one, options) : whyText(one, options.why));
  }
  return rendered.some(({ combined }) => combined.type === 'failed') ? 2 : 0;
}

/** What a document composes to, and what the controller would make of it without a cluster. */
function renderDocument(
  document: KubeObject,
  documents: readonly KubeObject[],
  surroundings: Surroundings,
): Rendered {
  const service = storedService(document, surroundings.crds);
  const combined = compose(service, surroundings);
  if (combined.type === 'failed')
    return { service, combined, children: [], secrets: [], remove: [], notes: [] };
  const known = { service, spec: combined.spec, platform: surroundings.platform };
  const observed = observeDocuments(documents, known);
  const rendered = renderService(known, combined, observed);
  const assumed = assumedObjects([...documents, ...rendered.children], observed).map(
    (object) => `${nameOf(object)}: taken for granted, because no document describes it`,
  );
  return { ...rendered, notes: [...assumed, ...rendered.notes] };
}

/** The objects that follow from a composed service in a world. */
export function renderService(
  { service, spec, platform }: DocumentedService,
  combined: Combined,
  observed: Observed,
): Rendered {
  const isStopped = service.metadata.annotations?.[stopAnnotation]?.toLowerCase() === 'true';
  const { parts, remove } = isStopped
    ? computeNothing({ observed })
    : computeDesired({ service, spec, platform, observed });
  const secrets = parts.flatMap((part) => part.generate ?? []).map(({ secret }) => secret);
  return {
    service: { ...service, spec } as KubeObject,
    combined,
    children: parts.flatMap((part) => part.apply).map(({ object }) => object),
    secrets,
    remove,
    notes: [
      ...(isStopped ? [`stopped by ${stopAnnotation}: nothing runs for it`] : []),
      ...parts
        .flatMap((part) => part.conditions ?? [])
        .map(({ type, reason, message }) => `${type}: ${reason}: ${message}`),
    ],
  };
}

function objectsText({ service, combined, children, secrets }: Rendered, { output }: RenderOptions): string {
  if (combined.type === 'failed') return '';
  const objects = [service, ...children, ...secrets];
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

import type { ObjectMeta } from '@weir/api/meta';
import { mergeAnnotation } from '@weir/api/serving';
import { type Layer, layerText } from './layers.ts';

/** Whether layers over this service may delete items of the layers below. */
export function obeysDirectives({ annotations = {} }: ObjectMeta): boolean {
  return annotations[mergeAnnotation] === 'v2';
}

/** The first directive of a layer with its place; a merge that does not obey it would add the item that it names. */
export function directiveProblem(layers: readonly Layer[]): string | null {
  for (const layer of layers) {
    const path = findDirective(layer.spec, 'spec');
    if (path !== null)
      return `${path}: $patch is not obeyed, in ${layerText(layer)} — annotate the service with ${mergeAnnotation}: v2`;
  }
  return null;
}

function findDirective(value: unknown, path: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!Array.isArray(value) && Object.hasOwn(value, '$patch')) return path;
  for (const [key, item] of Object.entries(value)) {
    const found = findDirective(
      item,
      Array.isArray(value) ? `${path}[${nameOf(item) ?? key}]` : `${path}.${key}`,
    );
    if (found !== null) return found;
  }
  return null;
}

function nameOf(item: unknown): string | undefined {
  const name = typeof item === 'object' && item !== null && 'name' in item ? item.name : undefined;
  return typeof name === 'string' ? name : undefined;
}

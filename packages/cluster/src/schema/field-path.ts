/** Where a walk stands in an object: names of fields and indices of items, outermost first. */
export type FieldPath = (string | number)[];

/** A path such as `spec.containers[0].name`; walks write it only when they have something to report. */
export function pathText(path: readonly (string | number)[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text = join(text, part);
  }
  return text;
}

export function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

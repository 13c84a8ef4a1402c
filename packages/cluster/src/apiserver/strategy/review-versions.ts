import type { FieldError } from '@weir/api/meta';
import { invalid, required } from '@weir/api/meta';
import { label1035ErrorsOf } from '../rest/names.ts';

const reviewVersions: readonly string[] = ['v1', 'v1beta1'];

/**
 * Problems of a list of review versions, of which this server has to speak one. `hint` is what an empty list is
 * answered with.
 */
export function reviewVersionErrors(
  versions: readonly string[],
  path: string,
  hint: string = `must specify one of ${reviewVersions.join(', ')}`,
): FieldError[] {
  if (versions.length === 0) return [required(path, hint)];
  const errors = versions.flatMap((version, index) => {
    if (versions.indexOf(version) < index)
      return [invalid(`${path}[${index}]`, version, 'duplicate version')];
    return label1035ErrorsOf(version).map((detail) => invalid(`${path}[${index}]`, version, detail));
  });
  if (!versions.some((version) => reviewVersions.includes(version))) {
    errors.push(invalid(path, versions, `must include at least one of ${reviewVersions.join(', ')}`));
  }
  return errors;
}

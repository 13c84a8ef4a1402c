import { type FieldError, invalid, type ObjectMeta } from '../../meta/index.ts';

/** Longest value of a label; the service's name becomes one on every child. */
const maxLabelLength = 63;

/** The name of a service fits into the label that marks its children. */
export function nameFitsALabel(metadata: ObjectMeta): readonly FieldError[] {
  const name = metadata.name ?? '';
  return name.length > maxLabelLength
    ? [
        invalid(
          'metadata.name',
          name,
          `must be no more than ${maxLabelLength} characters — the name becomes the value of label app.kubernetes.io/name`,
        ),
      ]
    : [];
}

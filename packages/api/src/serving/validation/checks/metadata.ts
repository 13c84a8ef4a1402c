import { invalid } from '../../../meta/index.ts';
import { type Check, refuse } from '../rule.ts';

/** Longest value of a label; the service's name becomes one on every child. */
const maxLabelLength = 63;

export const nameFitsALabel: Check = ({ metadata }) => {
  const name = metadata.name ?? '';
  if (name.length <= maxLabelLength) return [];
  const detail = `must be no more than ${maxLabelLength} characters, as the value of label app.kubernetes.io/name — choose a shorter name`;
  return [refuse(invalid('metadata.name', name, detail))];
};

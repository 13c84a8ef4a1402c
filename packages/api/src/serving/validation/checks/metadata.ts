import { invalid } from '../../../meta/index.ts';
import { type Check, refuse, warn } from '../rule.ts';

/** Longest value of a label; the service's name becomes one on every child. */
const maxLabelLength = 63;

export const nameFitsALabel: Check = ({ metadata }) => {
  const name = metadata.name ?? '';
  if (name.length <= maxLabelLength) return [];
  const detail = `must be no more than ${maxLabelLength} characters, as the value of label app.kubernetes.io/name — choose a shorter name`;
  return [refuse(invalid('metadata.name', name, detail))];
};

/** The names of Services begin with it, which are names of hosts: stricter than those of other objects. */
export const nameBeginsNamesOfServices: Check = ({ metadata }) => {
  const name = metadata.name ?? '';
  if (name.includes('.')) {
    const detail = 'must have no dots, since the names of its Services begin with it — write "-" instead';
    return [refuse(invalid('metadata.name', name, detail))];
  }
  return /^\d/.test(name)
    ? [
        warn(
          'metadata.name',
          'Services may not begin with a digit in most versions of Kubernetes — choose a name that begins with a letter',
        ),
      ]
    : [];
};

import {
  type LLMInferenceService,
  nameLabel,
  podOwnerLabel,
  poolMemberLabel,
  roleLabel,
} from '@weir/api/serving';
import { nameOf } from './metadata.ts';

type Labels = Readonly<Record<string, string>>;

/** With these a user puts pods into the pool of another service, or into none. */
const poolLabels: readonly string[] = [nameLabel, poolMemberLabel];
const usersChoice: readonly string[] = [...poolLabels, roleLabel];

/** The fixed labels of pods as far as the user leaves them; pods that he takes elsewhere say whose they are. */
export function podLabels(
  service: LLMInferenceService,
  fixed: Labels,
  own: Labels = {},
): Record<string, string> {
  const chosen = Object.entries(own).filter(([key]) => usersChoice.includes(key) && key in fixed);
  const labels = { ...fixed, ...Object.fromEntries(chosen) };
  const isElsewhere = poolLabels.some((key) => labels[key] !== fixed[key]);
  return isElsewhere ? { ...labels, [podOwnerLabel]: nameOf(service) } : labels;
}

/** What selects pods of these labels and no others. */
export function selectorOf(labels: Labels, keys: readonly string[]): Record<string, string> {
  const wanted = [...keys, podOwnerLabel];
  return Object.fromEntries(Object.entries(labels).filter(([key]) => wanted.includes(key)));
}

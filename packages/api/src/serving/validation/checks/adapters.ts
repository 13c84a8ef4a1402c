import { nearest } from '@weir/core/errors';
import { invalid } from '../../../meta/index.ts';
import { adapterName, adaptersOf, loraPath } from '../lora.ts';
import { type Check, isTemplate, refuse, warn } from '../rule.ts';

/** Ranks that vLLM accepts as the largest one. */
const engineRanks: readonly number[] = [1, 8, 16, 32, 64, 128, 256, 320, 512];
const adapterFields: readonly string[] = ['name', 'uri', 'lora', 'confidential', 'criticality'];

export const maxRankIsOneOfTheEngine: Check = ({ spec }) => {
  const rank = spec.model?.lora?.maxRank;
  if (rank === undefined || rank < 1 || engineRanks.includes(rank)) return [];
  const detail = `vLLM accepts ${engineRanks.join(', ')} only — take the next larger one`;
  return [warn(`${loraPath}.maxRank`, detail)];
};

/** Two names that differ only in characters no folder can have would overwrite each other. */
export const adapterFoldersAreDistinct: Check = ({ spec }) => {
  const seen = new Map<string, number>();
  return adaptersOf(spec).flatMap((adapter, index) => {
    const name = adapterName(adapter);
    if (name === '' || isTemplate(name)) return [];
    const folder = name.replaceAll(/[^A-Za-z0-9._-]/g, '-');
    const earlier = seen.get(folder);
    seen.set(folder, earlier ?? index);
    if (earlier === undefined || adapterName(adaptersOf(spec)[earlier]) === name) return [];
    const detail = `shares folder "${folder}" with adapters[${earlier}] — choose a name that differs in letters or digits`;
    return [refuse(invalid(`${loraPath}.adapters[${index}].name`, name, detail))];
  });
};

/** The schema lets any field stand in an adapter, so that mistyped ones are found here. */
export const adapterFieldsAreKnown: Check = ({ spec }) =>
  adaptersOf(spec).flatMap((adapter, index) =>
    Object.keys(adapter ?? {})
      .filter((field) => !adapterFields.includes(field))
      .map((field) => {
        const close = nearest(field, adapterFields);
        const hint = close === null ? '' : ` — did you mean "${close}"?`;
        return warn(`${loraPath}.adapters[${index}].${field}`, `unknown field, has no effect${hint}`);
      }),
  );

import { type FieldError, invalid, parseQuantity, required } from '../../meta/index.ts';
import type { FileSystemTier } from '../types.ts';
import { onWorkloads, type Rule, type WorkloadRule } from './rule.ts';

const tiersHaveOneBackend: WorkloadRule = ({ kvCacheOffloading }, workloadPath) => {
  const { cpu, secondary = [] } = kvCacheOffloading ?? {};
  if (secondary.length === 0) return [];
  const path = `${workloadPath}.kvCacheOffloading`;
  const isZero = cpu === undefined || parseQuantity(cpu) === 0;
  return [
    ...(isZero
      ? [
          required(
            `${path}.cpu`,
            'cpu must be set when secondary tiers are configured',
            'set cpu, such as 4Gi',
          ),
        ]
      : []),
    ...secondary.flatMap(({ fileSystem }, index) => {
      const at = `${path}.secondary[${index}].fileSystem`;
      return fileSystem === undefined
        ? [required(at, 'only fileSystem tiers are supported; fileSystem must be set', backendHint)]
        : tierErrors(fileSystem, at);
    }),
  ];
};

const backendHint = 'add fileSystem with emptyDir: {size: 10Gi} or pvc';

function tierErrors({ emptyDir, pvc }: FileSystemTier, path: string): FieldError[] {
  if (emptyDir !== undefined && pvc !== undefined) {
    const detail = 'exactly one of emptyDir or pvc must be set; multiple are set';
    return [invalid(path, { emptyDir, pvc }, detail, 'remove emptyDir or pvc')];
  }
  if (pvc === undefined) {
    return emptyDir === undefined
      ? [required(path, 'exactly one of emptyDir or pvc must be set', backendHint)]
      : [];
  }
  const { spec, ref } = pvc;
  if (spec !== undefined && ref !== undefined) {
    return [
      invalid(
        `${path}.pvc`,
        pvc,
        'exactly one of spec or ref must be set; multiple are set',
        'keep ref for an existing claim, or spec for a new one',
      ),
    ];
  }
  if (ref === undefined) {
    return spec === undefined
      ? [required(`${path}.pvc`, 'exactly one of spec or ref must be set', 'name an existing claim in ref')]
      : [];
  }
  return ref.name === ''
    ? [required(`${path}.pvc.ref.name`, 'name is required', 'name an existing claim')]
    : [];
}

export const kvCacheRules: readonly Rule[] = [onWorkloads(tiersHaveOneBackend)];

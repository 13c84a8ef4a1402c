import { type FieldError, invalid, parseQuantity, required } from '../../meta/index.ts';
import type { FileSystemTier } from '../types.ts';
import { onWorkloads, type Rule, type WorkloadRule } from './rule.ts';

const tiersHaveOneBackend: WorkloadRule = ({ kvCacheOffloading }, workloadPath) => {
  const { cpu, secondary = [] } = kvCacheOffloading ?? {};
  if (secondary.length === 0) return [];
  const path = `${workloadPath}.kvCacheOffloading`;
  const isZero = cpu === undefined || parseQuantity(cpu) === 0;
  return [
    ...(isZero ? [required(`${path}.cpu`, 'cpu must be set when secondary tiers are configured')] : []),
    ...secondary.flatMap(({ fileSystem }, index) => {
      const at = `${path}.secondary[${index}].fileSystem`;
      return fileSystem === undefined
        ? [required(at, 'only fileSystem tiers are supported; fileSystem must be set')]
        : tierErrors(fileSystem, at);
    }),
  ];
};

function tierErrors({ emptyDir, pvc }: FileSystemTier, path: string): FieldError[] {
  if (emptyDir !== undefined && pvc !== undefined) {
    const detail = 'exactly one of emptyDir or pvc must be set; multiple are set';
    return [invalid(path, { emptyDir, pvc }, detail)];
  }
  if (pvc === undefined) {
    return emptyDir === undefined ? [required(path, 'exactly one of emptyDir or pvc must be set')] : [];
  }
  const { spec, ref } = pvc;
  if (spec !== undefined && ref !== undefined) {
    return [invalid(`${path}.pvc`, pvc, 'exactly one of spec or ref must be set; multiple are set')];
  }
  if (ref === undefined) {
    return spec === undefined ? [required(`${path}.pvc`, 'exactly one of spec or ref must be set')] : [];
  }
  return ref.name === '' ? [required(`${path}.pvc.ref.name`, 'name is required')] : [];
}

export const kvCacheRules: readonly Rule[] = [onWorkloads(tiersHaveOneBackend)];

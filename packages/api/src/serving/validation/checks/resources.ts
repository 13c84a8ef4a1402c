import { invalid, parseQuantity } from '../../../meta/index.ts';
import type { Container } from '../../../workloads/index.ts';
import { type Check, type Finding, onWorkloadsCheck, refuse, warn } from '../rule.ts';
import { containersOf, podsOf } from './pods.ts';

/** What Kubernetes would refuse in a pod, which is too late: the Deployment would then never make one. */
export const requestsFitLimits: Check = ({ spec }) =>
  podsOf(spec)
    .flatMap(containersOf)
    .flatMap(({ container, path }) => containerFindings(container, `${path}.resources`));

function containerFindings({ resources = {} }: Container, path: string): Finding[] {
  const { requests = {}, limits = {} } = resources;
  return [
    ...Object.entries(limits).flatMap(([name, value]) =>
      amountFindings(name, value, `${path}.limits[${name}]`),
    ),
    ...Object.entries(requests).flatMap(([name, value]) => [
      ...amountFindings(name, value, `${path}.requests[${name}]`),
      ...requestFindings(name, value, limits[name], path),
    ]),
  ];
}

function amountFindings(name: string, value: number | string, path: string): Finding[] {
  const amount = parseQuantity(value);
  if (amount === null) return [];
  if (amount < 0)
    return [refuse(invalid(path, value, 'must be greater than or equal to 0 — write a positive quantity'))];
  return isExtended(name) && !Number.isInteger(amount)
    ? [refuse(invalid(path, value, 'must be an integer: devices cannot be split — write a whole number'))]
    : [];
}

function requestFindings(
  name: string,
  value: number | string,
  limit: number | string | undefined,
  path: string,
): Finding[] {
  const at = `${path}.requests[${name}]`;
  const amount = parseQuantity(value);
  if (limit === undefined) {
    return isExtended(name)
      ? [warn(at, `is copied to limits, where Kubernetes wants it — set limits[${name}]`)]
      : [];
  }
  const most = parseQuantity(limit);
  if (amount === null || most === null) return [];
  if (isExtended(name) && amount !== most) {
    return [
      refuse(invalid(at, value, `must be equal to ${name} limit of ${limit} — set both to the same number`)),
    ];
  }
  return amount > most
    ? [
        refuse(
          invalid(
            at,
            value,
            `must be less than or equal to ${name} limit of ${limit} — lower the request or raise the limit`,
          ),
        ),
      ]
    : [];
}

/** Resources of device plugins, which are whole and cannot be overcommitted. */
function isExtended(name: string): boolean {
  return name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name);
}

export const cacheSizesArePositive: Check = onWorkloadsCheck(({ kvCacheOffloading }, workloadPath) => {
  if (kvCacheOffloading === undefined) return [];
  const path = `${workloadPath}.kvCacheOffloading`;
  const { cpu, secondary = [] } = kvCacheOffloading;
  const sizes = secondary.map(({ fileSystem }, index) => ({
    value: fileSystem?.emptyDir?.size,
    path: `${path}.secondary[${index}].fileSystem.emptyDir.size`,
  }));
  // With tiers below it, KServe's own rule asks for memory.
  const memory = secondary.length > 0 ? [] : [{ value: cpu, path: `${path}.cpu` }];
  return [...memory, ...sizes].flatMap(({ value, path: at }) => {
    const amount = value === undefined ? null : parseQuantity(value);
    return amount !== null && amount <= 0
      ? [refuse(invalid(at, value, 'must be greater than 0 — write a size such as 4Gi'))]
      : [];
  });
});

import { invalid, parseQuantity } from '../../../meta/index.ts';
import { deviceClaimAnnotations, mainContainer } from '../../keys.ts';
import type { ParallelismSpec, PartialPodSpec, WorkloadSpec } from '../../types.ts';
import { isDataParallel, isPipelineParallel } from '../parallelism.ts';
import {
  type Check,
  type Finding,
  isComplete,
  onWorkloadsCheck,
  refuse,
  type Subject,
  warn,
} from '../rule.ts';

/** Devices of `main`, by the name under which they are asked for. */
type Devices = ReadonlyMap<string, number>;

/** Compares what the parallelism of a workload needs in each pod with what its pods declare. */
export const podsHaveTheirDevices: Check = onWorkloadsCheck((workload, path, subject) => {
  if (!isComplete(subject)) return [];
  const pods = workload.worker === undefined ? ['template' as const] : (['template', 'worker'] as const);
  const findings = pods.flatMap((field) => {
    const devices = devicesOf(workload[field], subject);
    const declared = [...devices.values()].reduce((sum, count) => sum + count, 0);
    return declared === 0 ? [] : podFindings(workload, path, `${path}.${field}`, devices, declared);
  });
  // The pods of a group are usually alike: the same refusal once is enough.
  const first = findings.find(({ level }) => level === 'error');
  return findings.filter((finding) => finding.level === 'warning' || finding === first);
});

function podFindings(
  workload: WorkloadSpec,
  path: string,
  podPath: string,
  devices: Devices,
  declared: number,
): Finding[] {
  const mixed =
    devices.size > 1
      ? [
          warn(
            podPath,
            `asks for several kinds of devices: ${[...devices.keys()].join(', ')} — the engine uses one`,
          ),
        ]
      : [];
  const { needed, terms } = neededPerPod(workload, declared);
  if (needed > declared) {
    const detail =
      `needs ${needed} devices per pod${terms}, container "${mainContainer}" declares ${declared} — ` +
      `set ${[...devices.keys()][0]}: ${needed}${workload.worker === undefined ? ` or add ${path}.worker` : ''}`;
    return [refuse(invalid(`${path}.parallelism`, workload.parallelism, detail)), ...mixed];
  }
  const idle = declared - needed;
  return idle > 0 && !setsSizeItself(workload.template)
    ? [
        warn(
          podPath,
          `${idle} of ${declared} devices per pod stay idle — declare ${needed}, or raise the parallelism`,
        ),
        ...mixed,
      ]
    : mixed;
}

function neededPerPod(workload: WorkloadSpec, declared: number): { needed: number; terms: string } {
  const { parallelism = {}, worker } = workload;
  const { tensor = 1, pipeline = 1, data = 1, dataLocal = data } = parallelism;
  if (worker === undefined) {
    const factors = { tensor, pipeline, data };
    return { needed: tensor * pipeline * data, terms: termsOf(factors) };
  }
  if (isDataParallel(parallelism)) {
    return { needed: tensor * dataLocal, terms: termsOf({ tensor, 'data per pod': dataLocal }) };
  }
  // Stages may be spread further than one pod each, when the devices of a pod divide them.
  if (declared < tensor && (tensor * pipeline) % declared === 0) return { needed: declared, terms: '' };
  return { needed: tensor, terms: termsOf({ tensor }) };
}

function termsOf(factors: Readonly<Record<string, number>>): string {
  const shown = Object.entries(factors).filter(([, factor]) => factor > 1);
  return shown.length === 0 ? '' : ` (${shown.map(([name, factor]) => `${name} ${factor}`).join(' × ')})`;
}

export const ranksFillThePods: Check = onWorkloadsCheck((workload, path, subject) => {
  const { data = 1, dataLocal = data } = workload.parallelism ?? {};
  const at = `${path}.parallelism.data`;
  if (data < dataLocal) {
    const detail = `data ${data} is less than dataLocal ${dataLocal}: one pod holds every rank and has room for more — lower dataLocal to ${data}`;
    return [warn(at, detail)];
  }
  const lost = lostRanks(workload.parallelism ?? {});
  if (lost === 0) return [];
  const detail =
    `data ${data} is no multiple of dataLocal ${dataLocal}: ${lost} of the ranks get no pod — ` +
    'choose numbers that divide';
  const isDeclared = devicesOf(workload.template, subject).size > 0;
  return [isDeclared && isComplete(subject) ? refuse(invalid(at, data, detail)) : warn(at, detail)];
});

/** Data-parallel ranks that are in no pod, because all pods hold equally many. */
export function lostRanks({ data = 1, dataLocal = data }: ParallelismSpec): number {
  return data < 1 || dataLocal < 1 || data < dataLocal ? 0 : data % dataLocal;
}

export const parallelismMakesSense: Check = onWorkloadsCheck(({ parallelism = {}, worker }, path) => {
  const { pipeline = 1, expert = false } = parallelism;
  const findings: Finding[] = [];
  if (isPipelineParallel(parallelism) && pipeline > 1 && worker === undefined) {
    const detail = `all ${pipeline} stages run in one pod — add ${path}.worker to spread them over pods`;
    findings.push(warn(`${path}.parallelism.pipeline`, detail));
  }
  if (expert && !isDataParallel(parallelism)) {
    findings.push(
      warn(`${path}.parallelism.expert`, 'is meant for data parallelism — set data and dataLocal'),
    );
  }
  return findings;
});

/** What one pod asks for, be it as resources or as a claim of the whole service. */
export function devicesOf(pod: PartialPodSpec | undefined, { metadata }: Pick<Subject, 'metadata'>): Devices {
  const devices = new Map<string, number>();
  const main = pod?.containers?.find(({ name }) => name === mainContainer);
  const { limits = {}, requests = {} } = main?.resources ?? {};
  for (const [name, value] of Object.entries({ ...requests, ...limits })) {
    const count = isDevice(name) ? (parseQuantity(value) ?? 0) : 0;
    if (count > 0) devices.set(name, count);
  }
  const annotations = metadata.annotations ?? {};
  if (annotations[deviceClaimAnnotations.class] !== undefined) {
    const count = Number(annotations[deviceClaimAnnotations.count] ?? 1);
    if (count > 0) devices.set(deviceClaimAnnotations.count, count);
  }
  return devices;
}

function isDevice(name: string): boolean {
  return name.endsWith('/gpu') || name === 'google.com/tpu' || name === 'habana.ai/gaudi';
}

/** Whether the engine is told its size by hand, so that parallelism does not say what it uses. */
function setsSizeItself(pod: PartialPodSpec | undefined): boolean {
  const main = pod?.containers?.find(({ name }) => name === mainContainer);
  const texts = [
    ...(main?.command ?? []),
    ...(main?.args ?? []),
    ...(main?.env ?? []).map(({ value }) => value ?? ''),
  ];
  return texts.some((text) => /(tensor|pipeline|data)-parallel-size|(^|\s)-(tp|pp|dp)\b/.test(text));
}

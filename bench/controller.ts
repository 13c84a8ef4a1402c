// `npm run bench -- controller [--n 50,200,500] [--settled N] [--steady SECONDS] [--json FILE]`: what the controller
// costs on a real etcd and kube-apiserver. The first table creates N services with the suite's own measurement; the
// second looks at a controller whose services have settled: nothing to do, a Config edited in one field that every
// other service uses, and a start anew.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measureScale, type ScaleResult } from './controller/scale.ts';
import { measureSettled, type Phase } from './controller/settled.ts';
import { describeMachine } from './report/machine.ts';

const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '50,200,500' },
    settled: { type: 'string', default: '100' },
    steady: { type: 'string', default: '60' },
    json: { type: 'string' },
  },
});

const machine = describeMachine();
console.log(`${machine.cores} cores, load ${machine.load?.toFixed(1)}, Node ${machine.node}`);
const scale = values.n === '' ? [] : measureScale(values.n);
if (scale.length > 0) console.table(scale.map(scaleRow));
const services = Number(values.settled);
const phases = services === 0 ? [] : await measureSettled(services, Number(values.steady));
if (phases.length > 0) {
  console.log(`${services} services:`);
  console.table(phases.map(phaseRow));
}
if (values.json !== undefined)
  writeFileSync(
    values.json,
    `${JSON.stringify({ bench: 'controller', machine, scale, services, phases }, null, 2)}\n`,
  );
process.exit();

function scaleRow(result: ScaleResult): Record<string, number> {
  return {
    services: result.n,
    complete: result.complete,
    's to all children': result.secondsToAllChildren,
    's to quiet': result.secondsToQuiet,
    'CPU s per service': round(result.subjectCpuSeconds.toQuiet / result.n, 3),
    'requests per service': result.requests.perService,
    'peak RSS MiB': result.rssMiB.peak,
    'API server CPU s': result.apiserverCpuSeconds,
  };
}

function phaseRow({ name, seconds, cpuSeconds, requests, rssMiB }: Phase): Record<string, number | string> {
  const all = Object.entries(requests).map(([method, count]) => `${count} ${method}`);
  return {
    phase: name,
    s: round(seconds, 1),
    'CPU s': round(cpuSeconds, 2),
    requests: all.length === 0 ? '0' : all.join(', '),
    'RSS MiB': rssMiB,
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

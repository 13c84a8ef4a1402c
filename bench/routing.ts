/**
 * Measures the embedded endpoint picker alone: whole decisions (parse, hash, score, pick, end) per second of CPU, over
 * pools of 10 and 1,000 endpoints and for short and long prompts. Prints one JSON object.
 */
import { silentLogger } from '@weir/core/log';
import { createPicker, type Picker } from '@weir/epp';
import { Client } from '@weir/kube';
import { describeMachine } from './report/machine.ts';

const profile = `apiVersion: llm-d.ai/v1alpha1
kind: EndpointPickerConfig
plugins:
- type: queue-scorer
- type: kv-cache-utilization-scorer
- type: prefix-cache-scorer
- type: no-hit-lru-scorer
- type: max-score-picker
schedulingProfiles:
- name: default
  plugins:
  - {pluginRef: queue-scorer, weight: 2}
  - {pluginRef: kv-cache-utilization-scorer, weight: 2}
  - {pluginRef: prefix-cache-scorer, weight: 3}
  - {pluginRef: no-hit-lru-scorer, weight: 2}
  - {pluginRef: max-score-picker}
`;

const results = [];
for (const endpoints of [10, 1000]) {
  for (const [promptBytes, decisions] of [
    [1_000, 4000],
    [32_000, 1000],
    [200_000, 200],
  ] as const) {
    results.push(await measure(endpoints, promptBytes, decisions));
  }
}
const machine = describeMachine();
console.log(JSON.stringify({ schema: 'weir.dev/bench-routing/v1', machine, results }, null, 2));

async function measure(endpoints: number, promptBytes: number, decisions: number) {
  const picker = createPicker({
    client: new Client({ fetch: poolOf(endpoints), fieldManager: 'bench' }),
    poolKey: { namespace: 'demo', name: 'pool' },
    configText: profile,
    log: silentLogger,
    now: () => performance.now(),
    random: Math.random,
    scrape: 'on-demand',
  });
  await picker.whenReady();
  const bodies = Array.from({ length: 64 }, (_, i) => bodyOf(i, promptBytes));
  await decideAll(picker, bodies, Math.ceil(decisions / 4));
  const cpu = process.cpuUsage();
  const latenciesMs = await decideAll(picker, bodies, decisions);
  const { user, system } = process.cpuUsage(cpu);
  picker.stop();
  latenciesMs.sort((a, b) => a - b);
  return {
    endpoints,
    promptBytes,
    decisionsPerCpuSecond: Math.round((decisions * 1e6) / (user + system)),
    p50Us: microseconds(latenciesMs[Math.floor(decisions * 0.5)]),
    p99Us: microseconds(latenciesMs[Math.floor(decisions * 0.99)]),
  };
}

async function decideAll(picker: Picker, bodies: readonly Buffer[], decisions: number): Promise<number[]> {
  const latenciesMs: number[] = [];
  for (let i = 0; i < decisions; i++) {
    const body = bodies[i % bodies.length] ?? Buffer.of();
    const startedAt = performance.now();
    const decision = await picker.onRequest({
      requestId: `r${i}`,
      method: 'POST',
      path: '/v1/chat/completions',
      headers: {},
      body,
    });
    latenciesMs.push(performance.now() - startedAt);
    if (decision.type !== 'picked') throw new Error(decision.message);
    picker.onEnd(decision, 'natural');
  }
  return latenciesMs;
}

function microseconds(ms: number | undefined): number {
  return Math.round((ms ?? 0) * 1000);
}

function bodyOf(seed: number, bytes: number): Buffer {
  const words = Array.from({ length: bytes / 8 }, (_, i) => `${(i * 2654435761 + seed) % 9999999}`.padEnd(7));
  const content = words.join(' ').slice(0, bytes);
  return Buffer.from(JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content }] }));
}

/** An API server that holds one pool and its ready pods, and whose watches stay silent. */
function poolOf(endpoints: number) {
  const pool = {
    kind: 'InferencePool',
    metadata: { namespace: 'demo', name: 'pool', resourceVersion: '1' },
    spec: { selector: { matchLabels: { app: 'm' } }, targetPorts: [{ number: 8000 }] },
  };
  const pods = Array.from({ length: endpoints }, (_, i) => ({
    kind: 'Pod',
    metadata: { namespace: 'demo', name: `pod-${i}`, resourceVersion: '1', labels: { app: 'm' } },
    status: { podIP: `10.0.${i >> 8}.${i & 255}`, conditions: [{ type: 'Ready', status: 'True' }] },
  }));
  return async (path: string): Promise<Response> => {
    if (path.includes('watch=')) return new Response(new ReadableStream());
    const items = path.includes('inferencepools') ? [pool] : pods;
    return Response.json({ metadata: { resourceVersion: '1' }, items });
  };
}

import { parseQuantity } from '@weir/api/meta';
import type { Container, Pod } from '@weir/api/workloads';

/** Amounts by resource name, in thousandths so that `100m` of CPU stays a whole number. */
export type Amounts = ReadonlyMap<string, number>;

/** What the node must have for the pod, by Kubernetes' rule for init containers and sidecars. */
export function computeRequests(pod: Pod): Amounts {
  const running = new Map<string, number>();
  for (const container of pod.spec?.containers ?? []) add(running, requestsOf(container));

  const sidecars = new Map<string, number>();
  const peak = new Map<string, number>();
  for (const init of pod.spec?.initContainers ?? []) {
    if (init.restartPolicy === 'Always') {
      // It keeps running next to everything that starts after it.
      add(sidecars, requestsOf(init));
      raise(peak, sidecars);
    } else raise(peak, sum(sidecars, requestsOf(init)));
  }
  const total = sum(running, sidecars);
  raise(total, peak);
  for (const [name, amount] of toAmounts(pod.spec?.resources?.requests)) total.set(name, amount);
  add(total, toAmounts(pod.spec?.overhead));
  return total;
}

export function toAmounts(quantities: Readonly<Record<string, string | number>> = {}): Amounts {
  return new Map(
    Object.entries(quantities).map(([name, text]) => [name, Math.round((parseQuantity(text) ?? 0) * 1000)]),
  );
}

export function sum(...parts: readonly Amounts[]): Map<string, number> {
  const total = new Map<string, number>();
  for (const part of parts) add(total, part);
  return total;
}

function requestsOf(container: Container): Amounts {
  return toAmounts(container.resources?.requests);
}

function add(total: Map<string, number>, more: Amounts): void {
  for (const [name, amount] of more) total.set(name, (total.get(name) ?? 0) + amount);
}

function raise(total: Map<string, number>, least: Amounts): void {
  for (const [name, amount] of least) total.set(name, Math.max(total.get(name) ?? 0, amount));
}

import { duplicate, invalid } from '../../../meta/index.ts';
import { enginePort, mainContainer } from '../../keys.ts';
import { type Check, type Finding, isComplete, refuse, warn } from '../rule.ts';
import { containersOf, type PlacedPod, podsOf } from './pods.ts';

/** Names and host ports that Kubernetes refuses twice, and container ports that two containers cannot both open. */
export const portsAreDistinct: Check = ({ spec }) => podsOf(spec).flatMap(podFindings);

function podFindings(pod: PlacedPod): Finding[] {
  const hostPorts = new Set<string>();
  const openedBy = new Map<string, string>();
  return containersOf(pod).flatMap(({ container, path }) => {
    const names = new Set<string>();
    // An init container that ends leaves its ports to the others.
    const runs = !path.includes('.initContainers[') || container.restartPolicy === 'Always';
    return (container.ports ?? []).flatMap((port, index) => {
      const at = `${path}.ports[${index}]`;
      const key = `${port.protocol ?? 'TCP'}/${port.containerPort}`;
      const findings: Finding[] = [];
      if (port.name !== undefined && names.has(port.name)) {
        findings.push(refuse(duplicate(`${at}.name`, port.name)));
      }
      names.add(port.name ?? '');
      if (port.hostPort !== undefined) {
        const host = `${port.protocol ?? 'TCP'}/${port.hostIP ?? ''}/${port.hostPort}`;
        if (hostPorts.has(host)) findings.push(refuse(duplicate(`${at}.hostPort`, port.hostPort)));
        hostPorts.add(host);
      }
      const other = openedBy.get(key);
      if (runs && other !== undefined && other !== container.name) {
        findings.push(
          warn(at, `container "${other}" has port ${port.containerPort} too — only one can open it`),
        );
      }
      if (runs) openedBy.set(key, other ?? container.name);
      return findings;
    });
  });
}

/** Endpoints of a pool are ports of its pods: one that nothing opens gets requests and refuses them all. */
export const poolPortsAreOpened: Check = (subject) => {
  const { spec } = subject;
  const { template } = spec;
  const main = template?.containers?.find(({ name }) => name === mainContainer);
  const own = (main?.ports ?? []).map(({ containerPort }) => containerPort);
  if (!isComplete(subject) || own.length === 0 || template === undefined) return [];
  const opened = containersOf({ pod: template, path: '' }).flatMap(({ container }) =>
    (container.ports ?? []).map(({ containerPort }) => containerPort),
  );
  return (spec.router?.scheduler?.pool?.spec?.targetPorts ?? []).flatMap(({ number }, index) => {
    if (number === enginePort || opened.includes(number)) return [];
    const detail = `container "${mainContainer}" has port ${own.join(', ')} — target one of the ports of its pods`;
    return [refuse(invalid(`spec.router.scheduler.pool.spec.targetPorts[${index}].number`, number, detail))];
  });
};

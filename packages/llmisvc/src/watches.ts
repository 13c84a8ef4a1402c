import { type KubeObject, keyOf, keyText, type ObjectKey, parseKey } from '@weir/api/meta';
import { nameLabel, podOwner, servingResources } from '@weir/api/serving';
import type { Controller, Informer, ObjectChange } from '@weir/kube';
import type { PlatformOptions } from './config/platform-config.ts';
import { platformConfigMapName } from './config/settings.ts';
import { authBindingName } from './desired/rbac.ts';
import { peersToTell, waitingMembers } from './group-members.ts';
import { type ReferenceKind, type References, referenceTo } from './references.ts';
import { childInformers, gatewayKeys, type Sources } from './sources.ts';

/** Connects every change to the services that it concerns, each by one look-up. */
export function addWatches(
  controller: Controller,
  sources: Sources,
  references: References,
  platform: PlatformOptions,
): void {
  controller.for(sources.services);
  for (const informer of childInformers(sources)) controller.owns(informer, servingResources.services);
  controller.watches(sources.pods, ({ object }) => serviceOfPod(object));
  controller.watches(sources.clusterRoleBindings, ({ object }) => serviceOfBinding(object));
  // Events of one object within a pass cost one look-up in the references, however many services there are.
  const used = <T extends KubeObject>(informer: Informer<T>, kind: ReferenceKind): void => {
    controller.watches(informer, (change) =>
      kind === 'config' && isSameSpec(change)
        ? []
        : references.usersOf(referenceTo(kind, keyOf(change.object))).map(parseKey),
    );
  };
  used(sources.configs, 'config');
  used(sources.gateways, 'gateway');
  used(sources.httpRoutes, 'httproute');
  used(sources.serviceAccounts, 'serviceaccount');
  used(sources.configMaps, 'configmap');
  used(sources.secrets, 'secret');
  used(sources.inferencePools, 'inferencepool');
  used(sources.ingresses, 'ingress');
  // Gateways are known inside a cluster by the names of their Services.
  controller.watches(sources.kubeServices, ({ object }) =>
    gatewayKeys(object).flatMap((key) =>
      references.usersOf(referenceTo('gateway', parseKey(key))).map(parseKey),
    ),
  );
  controller.watches(sources.services, (change) => peersToTell(sources, change));
  controller.watches(sources.httpRoutes, ({ object }) => waitingMembers(sources, object));
  // A CRD that comes or goes may change what any service consists of.
  for (const informer of Object.values(sources) as readonly Informer[]) {
    informer.onServedChange(() => {
      for (const service of sources.services.list()) controller.queue.add(keyText(keyOf(service)));
    });
  }
  controller.watches(sources.configMaps, ({ object }) => {
    const key = { namespace: platform.systemNamespace, name: platformConfigMapName };
    return keyText(keyOf(object)) === keyText(key) ? sources.services.list().map(keyOf) : [];
  });
}

/** The status of a Config names its users; that alone must not bring them all back. */
function isSameSpec({ object, previous }: ObjectChange<KubeObject>): boolean {
  const { generation, deletionTimestamp } = object.metadata;
  return (
    generation !== undefined &&
    generation === previous?.metadata.generation &&
    deletionTimestamp === previous.metadata.deletionTimestamp
  );
}

function serviceOfPod(pod: KubeObject): ObjectKey[] {
  const name = podOwner(pod);
  return name === undefined ? [] : [{ namespace: pod.metadata.namespace ?? '', name }];
}

/** The binding carries the service's name as a label and its namespace as that of its subject. */
function serviceOfBinding(binding: KubeObject & { subjects?: { namespace?: string }[] }): ObjectKey[] {
  const name = binding.metadata.labels?.[nameLabel];
  const namespace = binding.subjects?.[0]?.namespace;
  if (name === undefined || namespace === undefined) return [];
  return binding.metadata.name === authBindingName(namespace, name) ? [{ namespace, name }] : [];
}

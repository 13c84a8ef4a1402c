import { apiVersionOf, resources } from '@weir/api/meta';
import { poolMemberLabel, roleLabel, type WorkloadSpec } from '@weir/api/serving';
import type { LeaderWorkerSet } from '@weir/api/workloads';
import type { DesiredInput } from './input.ts';
import { childMetadata, componentLabels, inheritedAnnotations, inheritedLabels } from './metadata.ts';
import { podLabels } from './pod-labels.ts';
import { buildPodTemplate } from './pod-template.ts';
import { replicasOf } from './replicas.ts';
import { groupSize, type Workload } from './topology.ts';

type Strategy = NonNullable<LeaderWorkerSet['spec']>['rolloutStrategy'] & object;

/** Groups of pods that serve one replica together; requests go to the leaders. */
export function buildLeaderWorkerSet(input: DesiredInput, workload: Workload): LeaderWorkerSet {
  const { service } = input;
  const { template, worker = {}, parallelism, labels: own } = workload.spec;
  const [leader, member = leader] = workload.components;
  const memberLabels = componentLabels(service, member);
  const target = { [poolMemberLabel]: 'workload', [roleLabel]: workload.podRole };
  const leaderLabels = { ...componentLabels(service, leader), ...target };
  const leaderlessRole = workload.role === 'main' ? 'decode' : workload.podRole;
  const size = groupSize(workload.spec, service);
  const isDataParallel = (parallelism?.data ?? 0) > 0 || (parallelism?.dataLocal ?? 0) > 0;
  return {
    apiVersion: apiVersionOf(resources.leaderWorkerSets),
    kind: resources.leaderWorkerSets.kind,
    metadata: childMetadata(
      service,
      workload.name,
      { ...inheritedLabels(service), ...memberLabels },
      inheritedAnnotations(service, true),
    ),
    spec: {
      ...replicasOf(input, workload),
      leaderWorkerTemplate: {
        ...(template === undefined
          ? {}
          : {
              leaderTemplate: buildPodTemplate(input, {
                workload,
                template,
                labels: podLabels(service, leaderLabels, own),
              }),
            }),
        // Without a template for the leader, the first pod of the group is made from this one. KServe calls it a
        // decode pod then, whether there is a prefill side or not.
        workerTemplate: buildPodTemplate(input, {
          workload,
          template: worker,
          labels: podLabels(
            service,
            template === undefined
              ? { ...memberLabels, ...target, [roleLabel]: leaderlessRole }
              : memberLabels,
            own,
          ),
        }),
        ...(size === undefined ? {} : { size }),
        restartPolicy: 'RecreateGroupOnPodRestart',
        ...(workload.role === 'prefill' && isDataParallel && size !== undefined
          ? { subGroupPolicy: { subGroupSize: size } }
          : {}),
      },
      rolloutStrategy: rolloutOf(workload.spec),
      startupPolicy: 'LeaderCreated',
    },
  };
}

function rolloutOf({ rolloutStrategy }: WorkloadSpec): Strategy {
  const { maxUnavailable, maxSurge } = rolloutStrategy ?? {};
  if (maxUnavailable === undefined && maxSurge === undefined) return { type: 'RollingUpdate' };
  return {
    type: 'RollingUpdate',
    rollingUpdateConfiguration: { maxUnavailable: maxUnavailable ?? 1, maxSurge: maxSurge ?? 0 },
  };
}

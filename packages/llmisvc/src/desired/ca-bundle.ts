import { resources } from '@weir/api/meta';
import { partOf, partOfLabel } from '@weir/api/serving';
import { caBundleKey } from '../config/storage-config.ts';
import type { DesiredInput, Part, PartResult } from './input.ts';
import { namespaceOf } from './metadata.ts';
import { workloadsOf } from './topology.ts';

/** One per namespace, shared by its services, so no service owns it; the last one to leave removes it. */
export const globalCaBundleName = 'global-ca-bundle';

/** A copy of the platform's CA bundle in the namespace of the pods, which can mount nothing from elsewhere. */
export const caBundle: Part = (input) => {
  const { service, spec, platform, observed } = input;
  const wanted = platform.storage.caBundle;
  if (wanted === undefined) return null;
  const bundle = observed.caBundle?.data?.[caBundleKey];
  if (bundle === undefined) return missingBundle(input, wanted.configMapName);
  const [{ condition, failureReason: reason }] = workloadsOf(service, spec);
  const object = {
    apiVersion: 'v1',
    kind: resources.configMaps.kind,
    metadata: {
      name: globalCaBundleName,
      namespace: namespaceOf(service),
      labels: { [partOfLabel]: partOf },
    },
    data: { [caBundleKey]: bundle },
  };
  return { failure: { condition, reason }, apply: [{ kind: resources.configMaps, object }] };
};

function missingBundle({ service, spec, platform, observed }: DesiredInput, name: string): PartResult {
  const [{ condition: type, failureReason: reason }] = workloadsOf(service, spec);
  const what =
    observed.caBundle === undefined ? 'does not exist — create it' : `has no key ${caBundleKey} — add it`;
  const message = `ConfigMap ${platform.systemNamespace}/${name}, the CA bundle of the platform’s settings, ${what}`;
  return {
    failure: { condition: type, reason },
    apply: [],
    conditions: [{ type, status: 'False', reason, message }],
  };
}

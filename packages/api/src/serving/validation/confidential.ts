import { invalid } from '../../meta/index.ts';
import type { LLMInferenceServiceSpec } from '../types.ts';
import { isTemplate, type Rule } from './rule.ts';

const confidentialKeyIsAResourceId: Rule = ({ spec }) => {
  const { enabled = false, resourceId = '' } = spec.model?.confidential ?? {};
  if (!enabled || resourceId === '' || isTemplate(resourceId)) return [];
  return /^kbs:\/\/\/[a-zA-Z0-9_.-]+\/[a-zA-Z0-9_.-]+\/[a-zA-Z0-9_.-]+$/.test(resourceId)
    ? []
    : [
        invalid(
          'spec.model.confidential.resourceId',
          resourceId,
          'must be in the format kbs:///<repo>/<type>/<tag>',
          'name the key as in kbs:///default/key/model',
        ),
      ];
};

export const confidentialRules: readonly Rule[] = [confidentialKeyIsAResourceId];

/** Sources that nothing of ours downloads cannot be decrypted by us. */
export function confidentialWarnings({ model }: LLMInferenceServiceSpec): readonly string[] {
  if (model?.confidential?.enabled !== true) return [];
  if (model.uri?.startsWith('oci://')) {
    return [
      'confidential has no effect with OCI URIs; OCI image decryption is handled by the container runtime via runtimeClassName',
    ];
  }
  return model.uri?.startsWith('pvc://')
    ? ['confidential has no effect with PVC URIs; the storage-initializer is not injected for PVC volumes']
    : [];
}

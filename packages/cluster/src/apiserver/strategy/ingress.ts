import type { Ingress } from '@weir/api/gateway';
import { invalid, required } from '@weir/api/meta';
import { defineStrategy, type Strategy } from './strategy.ts';

/** networking.k8s.io/v1 Ingress. */
export const ingressStrategy: Strategy = defineStrategy<Ingress>({
  hasGeneration: true,
  prepareCreate: (draft) => {
    draft.status = { loadBalancer: {} };
  },
  validate: ({ spec }) => {
    const { rules = [], defaultBackend } = spec ?? {};
    if (rules.length === 0 && defaultBackend === undefined) {
      return [invalid('spec', null, 'either `defaultBackend` or `rules` must be specified')];
    }
    return rules.flatMap(({ http }, index) =>
      (http?.paths ?? []).flatMap(({ pathType }, at) =>
        pathType === undefined
          ? [required(`spec.rules[${index}].http.paths[${at}].pathType`, 'pathType must be specified')]
          : [],
      ),
    );
  },
});

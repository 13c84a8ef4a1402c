import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '@weir/api/meta';
import { invalid } from '@weir/api/meta';
import { defineStrategy, type Strategy } from './strategy.ts';

interface DeviceRequest {
  allocationMode?: string;
  count?: number;
}

interface ResourceClaimTemplate extends KubeObject {
  spec?: {
    metadata?: object;
    spec?: { devices?: { requests?: { exactly?: DeviceRequest; firstAvailable?: DeviceRequest[] }[] } };
  };
}

/** resource.k8s.io/v1 ResourceClaimTemplate, whose spec never changes. */
export const resourceClaimTemplateStrategy: Strategy = defineStrategy<ResourceClaimTemplate>({
  setDefaults: ({ spec }) => {
    if (spec !== undefined) spec.metadata ??= {};
    for (const { exactly, firstAvailable = [] } of spec?.spec?.devices?.requests ?? []) {
      for (const request of exactly === undefined ? firstAvailable : [exactly, ...firstAvailable]) {
        request.allocationMode ??= 'ExactCount';
        if (request.allocationMode === 'ExactCount') request.count ??= 1;
      }
    }
  },
  validate: (object, old) =>
    old === null || isDeepStrictEqual(object.spec, old.spec)
      ? []
      : [invalid('spec', object.spec, 'field is immutable')],
});

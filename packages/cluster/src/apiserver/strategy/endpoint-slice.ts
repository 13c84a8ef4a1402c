import type { EndpointSlice } from '@weir/api/workloads';
import { defineStrategy, type Strategy } from './strategy.ts';

export const endpointSliceStrategy: Strategy = defineStrategy<EndpointSlice>({
  hasGeneration: true,
  setDefaults: (draft) => {
    for (const endpoint of draft.endpoints ?? []) endpoint.conditions ??= {};
    for (const port of draft.ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
});

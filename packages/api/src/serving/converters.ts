import type { KubeObject } from '../meta/index.ts';
import { convert } from './conversion/index.ts';
import { servingGroup } from './types.ts';

/** Conversion of both kinds between their served versions, for a server that stores one of them. */
export const servingConverters: readonly {
  readonly group: string;
  readonly kind: string;
  convert(object: KubeObject, toVersion: string): KubeObject;
}[] = ['LLMInferenceService', 'LLMInferenceServiceConfig'].map((kind) => ({
  group: servingGroup,
  kind,
  convert,
}));

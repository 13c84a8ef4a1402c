import { defineStrategy, type Strategy } from './strategy.ts';

/** A kubelet registers its node together with the first status. */
export const nodeStrategy: Strategy = defineStrategy({ keepsNewStatus: true });

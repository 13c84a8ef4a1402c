export type GgufScalar = string | number | bigint | boolean;

export interface GgufTensorInfo {
  readonly name: string;
  /** Contiguous dimension first. */
  readonly dimensions: readonly number[];
  /** ggml's type code: 0 is f32, 1 f16, 3 Q4_1, 8 Q8_0 … */
  readonly type: number;
  /** From the start of the data section. */
  readonly offset: number;
}

export const ggufMagic = 0x46554747;
export const ggufVersion = 3;
export const defaultAlignment = 32;

import * as z from 'zod';

/** What every picker may be told. */
export const pickerParameters: z.ZodType<{ readonly maxNumOfEndpoints: number }> = z.strictObject({
  maxNumOfEndpoints: z
    .int()
    .positive()
    .default(1)
    .describe('Endpoints in the answer; the proxy tries those after the first on retry.'),
});

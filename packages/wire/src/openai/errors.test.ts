import { describe, expect, it } from 'vitest';
import { openAiError } from './index.ts';

describe('error bodies', () => {
  it('name the type by the status and repeat the status as code', () => {
    expect(openAiError(404, 'no such model', { param: 'model' })).toEqual({
      error: { message: 'no such model', type: 'NotFoundError', param: 'model', code: 404 },
    });
    expect(openAiError(418, 'teapot').error.type).toBe('BadRequestError');
    expect(openAiError(599, 'broken').error.type).toBe('InternalServerError');
  });
});

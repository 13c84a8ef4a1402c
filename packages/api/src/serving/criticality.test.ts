import { expect, test } from 'vitest';
import { adapterCriticality, modelCriticality } from './criticality.ts';

test('the annotation wins over the field of v1alpha1, and Normal is Standard', () => {
  const field = { 'internal.serving.kserve.io/model-criticality': 'Critical' };
  expect(modelCriticality({})).toBeUndefined();
  expect(modelCriticality({ annotations: field })).toBe('Critical');
  expect(modelCriticality({ annotations: { ...field, 'weir.dev/criticality': 'Normal' } })).toBe('Standard');
  expect(modelCriticality({ annotations: { 'weir.dev/criticality': 'High' } })).toBeUndefined();
});

test('adapters are found by name in one annotation and by index in the other', () => {
  const annotations = {
    'internal.serving.kserve.io/lora-criticalities': '{"0":"Critical","1":"Sheddable"}',
    'weir.dev/lora-criticality': '{"sql":"Normal","math":1}',
  };
  expect(adapterCriticality({ annotations }, { name: 'sql' }, 0)).toBe('Standard');
  expect(adapterCriticality({ annotations }, { name: 'math' }, 1)).toBe('Sheddable');
  expect(adapterCriticality({ annotations }, { name: 'other' }, 2)).toBeUndefined();
  expect(
    adapterCriticality({ annotations: { 'weir.dev/lora-criticality': '{' } }, { name: 'a' }, 0),
  ).toBeUndefined();
});

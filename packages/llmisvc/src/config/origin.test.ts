import type { LLMInferenceServiceSpec } from '@weir/api/serving';
import { expect, test } from 'vitest';
import { type Layer, layerText } from './layers.ts';
import { mergeSpecs } from './merge.ts';
import { originsOf } from './origin.ts';

const layers: readonly Layer[] = [
  {
    source: 'Preset',
    namespace: 'kserve',
    name: 'base',
    spec: {
      template: { containers: [{ name: 'main', image: 'a', args: ['x'], env: [{ name: 'A', value: '1' }] }] },
      labels: { 'app.kubernetes.io/x': '1' },
    },
  },
  {
    source: 'Service',
    namespace: 'demo',
    name: 's',
    spec: { template: { containers: [{ name: 'extra' }, { name: 'main', args: ['y'] }] } },
  },
];
const merged = layers.reduce<LLMInferenceServiceSpec>((spec, layer) => mergeSpecs(spec, layer.spec), {});

const origins = (path: string) =>
  originsOf(layers, merged, path)?.map(({ layer, value }) => [layerText(layer), value]) ?? null;

test.each([
  ['spec.template.containers[main].image', [['Preset:kserve/base', 'a']]],
  [
    'spec.template.containers[1].args',
    [
      ['Preset:kserve/base', ['x']],
      ['Service:demo/s', ['y']],
    ],
  ],
  ['spec.template.containers[main].env[A].value', [['Preset:kserve/base', '1']]],
  ['spec.template.containers[0]', [['Service:demo/s', { name: 'extra' }]]],
  ['spec.labels[app.kubernetes.io/x]', [['Preset:kserve/base', '1']]],
  ['spec.template.containers[main].nothing', null],
  ['spec.template.containers[7]', null],
  ['spec..template', null],
])('%s comes from %j', (path, expected) => {
  expect(origins(path)).toEqual(expected);
});

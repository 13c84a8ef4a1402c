import { describe, expect, test } from 'vitest';
import { fieldErrorText, type ObjectMeta } from '../../../meta/index.ts';
import type { LLMInferenceServiceSpec } from '../../types.ts';
import { findingsOf, findingText } from '../index.ts';

/** One line per finding, errors marked as such. */
function findings(spec: unknown, metadata: ObjectMeta = { name: 'x' }): string[] {
  const model = { uri: 'hf://a/b', name: 'base' };
  const subject = { spec: { model, ...(spec as LLMInferenceServiceSpec) }, metadata, version: 'v1alpha2' };
  return findingsOf({ ...subject, oldSpec: null }).map((finding) =>
    finding.level === 'error' ? `refused ${fieldErrorText(finding.error)}` : `warned ${findingText(finding)}`,
  );
}

const containing = (...texts: string[]): unknown[] => texts.map((text) => expect.stringContaining(text));
const main = (resources: unknown, more: object = {}) => ({
  containers: [{ name: 'main', resources, ...more }],
});
const gpus = (count: number | string, name = 'nvidia.com/gpu') => main({ limits: { [name]: count } });

test('nothing is found in a plain service', () => {
  expect(
    findings({ replicas: 1, template: main({ limits: { cpu: 1 }, requests: { cpu: '500m' } }) }),
  ).toEqual([]);
});

test('a name that fits no label', () => {
  expect(findings({}, { name: 'x'.repeat(64) })).toEqual(
    containing('refused metadata.name: Invalid value: "xxx'),
  );
});

test.each([
  ['llama-3.1', ['refused metadata.name: Invalid value: "llama-3.1": must have no dots']],
  ['3-llama', ['warned metadata.name: Services may not begin with a digit']],
  ['llama-3', []],
])('the name %s, with which those of Services begin', (name, expected) => {
  expect(findings({}, { name })).toEqual(containing(...expected));
});

describe('model URIs', () => {
  const lora = { adapters: [{ name: 'a', uri: 'ftp://host/a' }, { name: 'b' }] };
  test.each<[unknown, string[]]>([
    [
      { uri: 'org/model' },
      ['refused spec.model.uri: Invalid value: "org/model": no scheme — use hf://, s3://'],
    ],
    [{ uri: 'hf://' }, ['refused spec.model.uri: Invalid value: "hf://": names nothing after the scheme']],
    [
      { uri: 'gopher://a' },
      ['refused spec.model.uri: Invalid value: "gopher://a": unsupported scheme "gopher"'],
    ],
    [{ uri: '{{ .Spec.Base }}' }, []],
    [{ uri: 's3://bucket/a' }, []],
    [
      { uri: 'hf://a/b', lora },
      [
        'refused spec.model.lora.adapters[0].uri: Invalid value: "ftp://host/a": unsupported scheme "ftp"',
        'refused spec.model.lora.adapters[1].uri: Required value: an adapter needs weights',
      ],
    ],
    [
      { uri: 'oci://r/m', lora: { adapters: [{ name: 'a', uri: 'oci+native://r/a' }] } },
      ['refused spec.model.lora.adapters[0].uri: Invalid value: "oci+native://r/a": container images hold'],
    ],
  ])('%j', (model, expected) => {
    expect(findings({ model })).toEqual(containing(...expected));
  });
});

describe('adapters', () => {
  const adapters = (...names: string[]) => names.map((name) => ({ name, uri: 'hf://a/b' }));
  test.each<[unknown, string[]]>([
    [
      { adapters: adapters('a/b', 'a b') },
      ['refused spec.model.lora.adapters[1].name: Invalid value: "a b": shares folder "a-b"'],
    ],
    [{ maxRank: 17, adapters: adapters('a') }, ['warned spec.model.lora.maxRank: vLLM accepts 1, 8, 16']],
    [
      { adapters: [{ name: 'a', uri: 'hf://a/b', nmae: 'x' }] },
      ['warned spec.model.lora.adapters[0].nmae: unknown field, has no effect — did you mean "name"?'],
    ],
  ])('%j', (lora, expected) => {
    expect(findings({ model: { uri: 'hf://a/b', lora } })).toEqual(containing(...expected));
  });
});

describe('criticality', () => {
  const lora = { adapters: [{ name: 'sql', uri: 'hf://a/b' }] };
  test.each<[Record<string, string>, string[]]>([
    [{ 'weir.dev/criticality': 'Normal', 'weir.dev/lora-criticality': '{"sql":"Sheddable"}' }, []],
    [
      { 'weir.dev/criticality': 'High' },
      [
        'refused metadata.annotations[weir.dev/criticality]: Unsupported value: "High": supported values: "Critical", "Standard", "Sheddable"',
      ],
    ],
    [
      { 'weir.dev/lora-criticality': 'sql' },
      [
        'refused metadata.annotations[weir.dev/lora-criticality]: Invalid value: "sql": must be a JSON object',
      ],
    ],
    [
      { 'weir.dev/lora-criticality': '{"sql":1,"x":"Critical"}' },
      [
        'refused metadata.annotations[weir.dev/lora-criticality]: Unsupported value: 1',
        'warned metadata.annotations[weir.dev/lora-criticality]: names "x", which is no adapter',
      ],
    ],
    [
      { 'internal.serving.kserve.io/lora-criticalities': '{"0":"High","0.1":"Low"}' },
      [
        'refused spec.model.lora.adapters[0].criticality: Unsupported value: "High"',
        'refused spec.model.lora.adapters[0].lora.adapters[1].criticality: Unsupported value: "Low"',
      ],
    ],
  ])('%j', (annotations, expected) => {
    expect(findings({ model: { uri: 'hf://a/b', lora } }, { annotations })).toEqual(containing(...expected));
  });
});

test('an annotation with few values takes no other', () => {
  const set = (value: string) => findings({}, { annotations: { 'weir.dev/spare-check': value } });
  expect(set('off')).toEqual([]);
  expect(set('never')).toEqual(
    containing(
      'refused metadata.annotations[weir.dev/spare-check]: Unsupported value: "never": supported values: "auto", "off"',
    ),
  );
});

test('our own annotations are known, and mistyped ones are found', () => {
  const annotations = { 'weir.dev/engnie': 'cpu', 'weir.dev/engine': 'cpu', 'other.dev/x': 'y' };
  expect(findings({}, { annotations })).toEqual([
    'warned metadata.annotations[weir.dev/engnie]: unknown annotation, has no effect — did you mean weir.dev/engine?',
  ]);
});

describe.each(['spec', 'spec.prefill'])('devices at %s', (path) => {
  const worker = main({});
  const cases: [string, object, string[]][] = [
    ['undeclared devices allow any parallelism', { parallelism: { tensor: 64 } }, []],
    [
      'too few devices',
      { parallelism: { tensor: 4, pipeline: 2 }, template: gpus('4') },
      [
        `refused ${path}.parallelism: Invalid value: {"pipeline":2,"tensor":4}: needs 8 devices per pod (tensor 4 × pipeline 2), container "main" declares 4 — set nvidia.com/gpu: 8 or add ${path}.worker`,
        `warned ${path}.parallelism.pipeline: all 2 stages run in one pod`,
      ],
    ],
    ['as many as needed', { parallelism: { tensor: 4 }, template: gpus(4) }, []],
    [
      'idle devices',
      { parallelism: { tensor: 2 }, template: gpus(8) },
      [`warned ${path}.template: 6 of 8 devices per pod stay idle`],
    ],
    [
      'a size that the arguments set',
      {
        template: main({ limits: { 'nvidia.com/gpu': 8 } }, { args: ['--tensor-parallel-size=8'] }),
      },
      [],
    ],
    [
      'data parallel groups',
      { worker: gpus(2), template: gpus(2), parallelism: { tensor: 2, data: 4, dataLocal: 2 } },
      [
        `refused ${path}.parallelism: Invalid value: {"data":4,"dataLocal":2,"tensor":2}: needs 4 devices per pod (tensor 2 × data per pod 2)`,
      ],
    ],
    [
      'tensor over the pods of a pipeline',
      { worker, template: gpus(1), parallelism: { tensor: 8, pipeline: 1 } },
      [],
    ],
    [
      'pods that do not divide the tensor',
      { worker, template: gpus(3), parallelism: { tensor: 8, pipeline: 1 } },
      [`refused ${path}.parallelism: Invalid value`],
    ],
    [
      'ranks without a pod',
      { worker, parallelism: { data: 5, dataLocal: 2 } },
      [`warned ${path}.parallelism.data: data 5 is no multiple of dataLocal 2: 1 of the ranks get no pod`],
    ],
    [
      'ranks without a pod on declared devices',
      { worker, template: gpus(2), parallelism: { data: 5, dataLocal: 2 } },
      [`refused ${path}.parallelism.data: Invalid value: 5: data 5 is no multiple of dataLocal 2`],
    ],
    [
      'fewer ranks than a pod holds',
      { worker, template: gpus(8), parallelism: { data: 1, dataLocal: 8 } },
      [`warned ${path}.parallelism.data: data 1 is less than dataLocal 8`],
    ],
    [
      'experts without data parallelism',
      { parallelism: { expert: true } },
      [`warned ${path}.parallelism.expert: is meant for data parallelism`],
    ],
    [
      'several kinds of devices',
      {
        parallelism: { tensor: 2 },
        template: main({ limits: { 'nvidia.com/gpu': 1, 'amd.com/gpu': 1 } }),
      },
      [`warned ${path}.template: asks for several kinds of devices: nvidia.com/gpu, amd.com/gpu`],
    ],
  ];

  test.each(cases)('%s', (_name, workload, expected) => {
    expect(findings(path === 'spec' ? workload : { prefill: workload })).toEqual(containing(...expected));
  });
});

test('what a layer below may still change is not counted', () => {
  const spec = { parallelism: { tensor: 4 }, template: gpus(1) };
  expect(findings({ ...spec, baseRefs: [{ name: 'base' }] })).toEqual([]);
});

test('a claim of devices counts like devices', () => {
  const annotations = {
    'serving.kserve.io/exp-dra-device-class': 'gpu.example',
    'serving.kserve.io/exp-dra-device-count': '2',
  };
  expect(findings({ parallelism: { tensor: 4 } }, { annotations })).toEqual(
    containing('needs 4 devices per pod (tensor 4), container "main" declares 2'),
  );
});

describe('resources', () => {
  const at = 'spec.template.containers[0].resources';
  test.each<[unknown, string[]]>([
    [
      { requests: { cpu: 2 }, limits: { cpu: '1' } },
      [`refused ${at}.requests[cpu]: Invalid value: 2: must be less than or equal to cpu limit of 1`],
    ],
    [
      { limits: { memory: '-1Gi' } },
      [`refused ${at}.limits[memory]: Invalid value: "-1Gi": must be greater than or equal to 0`],
    ],
    [
      { limits: { 'example.com/nic': '500m' } },
      [`refused ${at}.limits[example.com/nic]: Invalid value: "500m": must be an integer`],
    ],
    [
      { requests: { 'example.com/nic': 1 }, limits: { 'example.com/nic': 2 } },
      [
        `refused ${at}.requests[example.com/nic]: Invalid value: 1: must be equal to example.com/nic limit of 2`,
      ],
    ],
    [{ requests: { 'example.com/nic': 1 } }, [`warned ${at}.requests[example.com/nic]: is copied to limits`]],
    [{ requests: { memory: '{{ .Memory }}' }, limits: { memory: 1 } }, []],
  ])('%j', (resources, expected) => {
    expect(findings({ template: main(resources) })).toEqual(containing(...expected));
  });

  test('sizes of caches are positive', () => {
    const secondary = [{ fileSystem: { emptyDir: { size: '-1Gi' } } }];
    expect(findings({ kvCacheOffloading: { cpu: 0 } })).toEqual(
      containing('refused spec.kvCacheOffloading.cpu: Invalid value: 0: must be greater than 0'),
    );
    expect(findings({ kvCacheOffloading: { cpu: 0, secondary } })).toEqual(
      containing(
        'refused spec.kvCacheOffloading.secondary[0].fileSystem.emptyDir.size: Invalid value: "-1Gi"',
      ),
    );
  });
});

describe('ports', () => {
  const pod = (...containers: object[]) => ({ template: { containers } });
  test('are named once in a container, taken once on a host and opened once in a pod', () => {
    const first = {
      name: 'main',
      ports: [
        { name: 'a', containerPort: 1, hostPort: 9 },
        { name: 'a', containerPort: 2 },
      ],
    };
    const second = { name: 'side', ports: [{ containerPort: 1 }, { containerPort: 3, hostPort: 9 }] };
    expect(findings(pod(first, second))).toEqual([
      'refused spec.template.containers[0].ports[1].name: Duplicate value: "a"',
      'warned spec.template.containers[1].ports[0]: container "main" has port 1 too — only one can open it',
      'refused spec.template.containers[1].ports[1].hostPort: Duplicate value: 9',
    ]);
  });

  test('that a pool targets are opened by its pods', () => {
    const pool = (number: number) => ({
      router: { scheduler: { pool: { spec: { targetPorts: [{ number }] } } } },
    });
    const workload = pod({ name: 'main', ports: [{ containerPort: 8080 }] });
    expect(findings({ ...workload, ...pool(8080) })).toEqual([]);
    expect(findings({ ...workload, ...pool(9000) })).toEqual(
      containing('refused spec.router.scheduler.pool.spec.targetPorts[0].number: Invalid value: 9000'),
    );
  });
});

test('an Ingress beside the Gateway API gives two addresses', () => {
  expect(findings({ router: { ingress: {}, route: {} } })).toEqual(
    containing('warned spec.router.ingress: stands beside spec.router.route'),
  );
});

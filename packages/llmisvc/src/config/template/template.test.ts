import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TemplateError } from './ast.ts';
import { Budget } from './budget.ts';
import { type GlobalConfig, templateRoot } from './data.ts';
import { evaluateTemplate } from './evaluate.ts';
import { templateFunctions } from './kserve-functions.ts';
import { parseTemplate } from './parse.ts';

const globalConfig: GlobalConfig = {
  systemNamespace: 'kserve',
  ingressGatewayName: 'gw',
  ingressGatewayNamespace: 'kserve',
  enableTLS: false,
  modelBasedRoutingHeaderName: 'X-Gateway-Model-Name',
  inferencePoolNamespacedName: 'demo/hello-inference-pool',
};
const metadata = {
  name: 'hello',
  namespace: 'demo',
  uid: '1f2e',
  generation: 3,
  creationTimestamp: '2026-01-31T08:30:00Z',
  finalizers: ['one'],
  labels: { team: 'a', 'app.kubernetes.io/x': 'y' },
};
const status = {
  observedGeneration: 2,
  url: 'http://h/demo/hello',
  conditions: [{ type: 'Ready', status: 'True' as const }],
  workloads: { primary: { apiGroup: 'apps', kind: 'Deployment', name: 'hello-kserve', readyReplicas: 1 } },
};
const spec = {
  model: { uri: 'hf://org/m', name: 'm' },
  replicas: 2,
  template: { containers: [{ name: 'main' }], terminationGracePeriodSeconds: 90 },
  baseRefs: [{ name: 'one' }, { name: 'two' }],
};

function render(source: string, labels: Record<string, string> = metadata.labels): string {
  return evaluateTemplate(parseTemplate(source), {
    root: templateRoot({ metadata: { ...metadata, labels }, status }, spec, globalConfig),
    functions: templateFunctions,
    budget: new Budget(),
  });
}

describe('what a template sees', () => {
  test.each([
    ['{{ .Name }}/{{ .Namespace }}', 'hello/demo'],
    ['{{.ObjectMeta.Name}}', 'hello'],
    ['{{ .ObjectMeta.Labels.team }}{{ .Labels.team }}', 'aa'],
    ['{{ index .Labels `app.kubernetes.io/x` }}', 'y'],
    ['{{ .Spec.Model.Name }} {{ .Spec.Model.URI }}', 'm hf://org/m'],
    ['{{ .Spec.Template.TerminationGracePeriodSeconds }}', '90'],
    ['{{ .Replicas }}', '2'],
    ['{{ .Spec.Parallelism }}', '<nil>'],
    ['{{ (index .Spec.Template.Containers 0).Name }}', 'main'],
    ['{{ .GlobalConfig.IngressGatewayName }} {{ .GlobalConfig.EnableTLS }}', 'gw false'],
    ['{{ .GlobalConfig.InferencePoolNamespacedName }}', 'demo/hello-inference-pool'],
    ['{{ .ObjectMeta.UID }} {{ .UID }} {{ .Generation }}', '1f2e 1f2e 3'],
    ['{{ .CreationTimestamp }} {{ .DeletionTimestamp }}', '2026-01-31 08:30:00 +0000 UTC <nil>'],
    ['{{ .ObjectMeta.GenerateName }}{{ .Finalizers }} {{ len .OwnerReferences }}', '[one] 0'],
    ['{{ .Status.ObservedGeneration }} {{ .Status.URL }}', '2 http://h/demo/hello'],
    ['{{ with .Status.Workloads.Primary }}{{ .Name }}={{ .ReadyReplicas }}{{ end }}', 'hello-kserve=1'],
    ['{{ range .Status.Conditions }}{{ .Type }}={{ .Status }}{{ end }}', 'Ready=True'],
    ['{{ .Status.Router }} {{ .Status.Annotations }}', '<nil> map[]'],
  ])('%s', (source, expected) => {
    expect(render(source)).toBe(expected);
  });
});

describe('control structures', () => {
  test.each([
    ['{{ if .GlobalConfig.EnableTLS }}yes{{ else }}no{{ end }}', 'no'],
    ['{{ if .Spec.Prefill }}p{{ else if eq .Name `hello` }}h{{ else }}x{{ end }}', 'h'],
    ['{{ with .Spec.Model }}{{ .Name }}{{ end }}', 'm'],
    ['{{ with .Spec.Prefill }}p{{ else }}none{{ end }}', 'none'],
    ['{{ range .Spec.BaseRefs }}[{{ .Name }}]{{ end }}', '[one][two]'],
    ['{{ range $i, $r := .Spec.BaseRefs }}{{ $i }}={{ $r.Name }};{{ end }}', '0=one;1=two;'],
    ['{{ range $k, $v := .Labels }}{{ $k }}:{{ $v }} {{ end }}', 'app.kubernetes.io/x:y team:a '],
    ['{{ range .Spec.Tracing }}x{{ else }}empty{{ end }}', 'empty'],
    ['{{ $x := `a` }}{{ if true }}{{ $x = `b` }}{{ end }}{{ $x }}', 'b'],
    ['{{ $x := .Name }}{{ range .Spec.BaseRefs }}{{ $x }}{{ $.Namespace }}{{ end }}', 'hellodemohellodemo'],
    ['a {{- /* comment */ -}} b', 'ab'],
    ['a\n  {{- if true }} b {{ end -}}  c', 'a\n b c'],
    ['a \\\n  {{- if false }}x{{ end }}', 'a \\\n'],
    ['{{ `{{` }}', '{{'],
    ['{{ "say \\"hi\\"" }}', 'say "hi"'],
  ])('%s', (source, expected) => {
    expect(render(source)).toBe(expected);
  });
});

describe('functions', () => {
  test.each([
    ['{{ and 1 0 2 }} {{ or 0 `` `x` }} {{ not 0 }}', '0 x true'],
    ['{{ eq .Name `a` `hello` }} {{ ne 1 2 }} {{ lt 1 2 }} {{ ge 2 2 }}', 'true true true true'],
    ['{{ len .Spec.BaseRefs }} {{ len `é` }}', '2 2'],
    ['{{ printf `%s-%03d-%q-%v%%` .Name 7 `x` true }}', 'hello-007-"x"-true%'],
    ['{{ .Name | printf `%s!` }}', 'hello!'],
    [
      '{{ printf `%q %q %-4v| %d %[1]v` "a\\tb\\x01" `é` 7 `x` }}',
      '"a\\tb\\x01" "é" 7   | %!d(string=x) a\tb\u0001',
    ],
    ['{{ printf `%x %X %#x %o %b %c %U` 255 255 255 8 5 65 65 }}', 'ff FF 0xff 10 101 A U+0041'],
    ['{{ printf `%d` }} {{ printf `%s` `a` 1 }}', '%!d(MISSING) a%!(EXTRA int=1)'],
    ['{{ printf `%.2f %e %T` 1.5 1.5 `a` }} {{ print 1 2 `a` 3 4 }}', '1.50 1.500000e+00 string 1 2a3 4'],
    [
      '{{ html `<a b="c">` }} {{ js `it\'s <b>` }} {{ urlquery `a b&c` }}',
      "&lt;a b=&#34;c&#34;&gt; it\\'s \\u003Cb\\u003E a+b%26c",
    ],
    ['{{ slice `hello` 1 3 }} {{ len (slice .Spec.BaseRefs 1) }}', 'el 1'],
    ['{{ range 3 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ . }}{{ end }}', '02'],
    ['{{ range .Spec.BaseRefs }}{{ .Name }}{{ break }}{{ end }}', 'one'],
    [
      '{{ define `t` }}<{{ . }}>{{ end }}{{ template `t` .Name }}{{ block `b` 1 }}[{{ . }}]{{ end }}',
      '<hello>[1]',
    ],
    ['{{ with .Spec.Prefill }}p{{ else with .Spec.Model }}{{ .Name }}{{ end }}', 'm'],
    ["{{ 'a' }} {{ 0x1F }} {{ 017 }} {{ 1_000 }} {{ -5 }}", '97 31 15 1000 -5'],
    ['{{ print 1 `a` }}', '1a'],
    ['{{ ChildName .Name `-x` }}', 'hello-x'],
    ['{{ shutdownTimeout .Spec.Template 15 }} {{ shutdownTimeout .Spec.Worker 15 }}', '70 40'],
    ['{{ kvTransferConfig .Spec.KVCacheOffloading }}', ''],
    ['{{ if and .Spec.Prefill .Spec.Prefill.Template.Nothing }}x{{ end }}', ''],
  ])('%s', (source, expected) => {
    expect(render(source)).toBe(expected);
  });

  test('the KV transfer flag lists its keys in order and survives double quotes', () => {
    const offloading = { cpu: '1Gi', evictionPolicy: 'lru', secondary: [{ fileSystem: {} }] };
    const text = evaluateTemplate(parseTemplate('{{ kvTransferConfig .Spec.KVCacheOffloading }}'), {
      root: templateRoot({ metadata }, { kvCacheOffloading: offloading } as never, globalConfig),
      functions: templateFunctions,
      budget: new Budget(),
    });
    expect(text.replaceAll('\\"', '"')).toBe(
      '--kv-transfer-config \'{"kv_connector":"OffloadingConnector","kv_connector_extra_config":' +
        '{"cpu_bytes_to_use":1073741824,"eviction_policy":"lru",' +
        '"secondary_tiers":[{"root_dir":"/mnt/kv-cache-0","type":"fs"}],"spec_name":"TieringOffloadingSpec"},"kv_role":"kv_both"}\'',
    );
  });
});

describe('mistakes', () => {
  test.each([
    ['{{ .Nmae }}', 'unknown variable ".Nmae" — did you mean ".Name"?'],
    ['{{ .ObjectMeta.Uid }}', 'unknown variable ".ObjectMeta.Uid" — did you mean ".ObjectMeta.UID"?'],
    ['{{ .Status.Url }}{{ .Status.Urk }}', 'unknown variable ".Status.Urk"'],
    ['{{ .ObjectMeta.ResourceVersion }}', 'unknown variable ".ObjectMeta.ResourceVersion"'],
    ['{{ .Status.Router.Scheduler }}', '.Status.Router is not set, so it has no field "Scheduler"'],
    ['{{ .Spec.Modle.Name }}', 'unknown variable ".Spec.Modle" — did you mean ".Spec.Model"?'],
    ['{{ .Labels.taem }}', '.Labels has no key "taem" — did you mean "team"?'],
    ['{{ .Spec.Parallelism.Tensor }}', '.Spec.Parallelism is not set, so it has no field "Tensor"'],
    ['{{ .GlobalConfig.CredentialConfig }}', 'unknown variable ".GlobalConfig.CredentialConfig"'],
    ['{{ childname .Name `-x` }}', 'unknown function "childname" — did you mean "ChildName"?'],
    ['{{ $y }}', 'undefined variable "$y"'],
    ['{{ if true }}', '{{if}} is not closed by {{end}}'],
    ['{{ end }}', 'unexpected {{end}}'],
    ['{{ .Name', 'action "{{" is not closed by "}}"'],
    ['{{ }}', 'empty action'],
    ['{{ template `x` }}', 'template "x" is not defined'],
    ['{{ break }}', '{{break}} outside {{range}}'],
    ['{{ nil }}', 'nil is not a value'],
    ['{{ range $i, $x := 3 }}{{ end }}', 'a number gives one variable'],
    ['{{ "\\z" }}', 'unknown escape \\z'],
    ['{{ define `a` }}{{ template `a` }}{{ end }}{{ template `a` }}', 'called more than 32 levels deep'],
    ['{{ call .Name }}', 'call: nothing that a template sees can be called'],
    ['{{ range 1000000000 }}{{ end }}', 'takes too many steps'],
    [
      '{{ $x := `ab` }}{{ range 40 }}{{ $x = print $x $x }}{{ end }}',
      'a value has more than 2097152 characters',
    ],
    ['{{ index .Spec.BaseRefs 9 }}', 'index: no item 9 in a list of 2'],
    ['{{ eq .Name 1 }}', 'eq: incompatible types: hello and 1'],
    ['{{ len 5 }}', 'len: 5 has no length'],
    ['{{ .Name `x` }}', 'only functions take arguments'],
    ['{{ ( .Name }}', '"(" is not closed'],
  ])('%s', (source, message) => {
    expect(() => render(source)).toThrow(message);
  });

  test('deep nesting is refused instead of overflowing the stack', () => {
    expect(() => render('{{ if true }}'.repeat(1000))).toThrow('nested deeper than 64 levels');
    expect(() => render(`{{ ${'('.repeat(1000)} }}`)).toThrow('nested deeper than 64 levels');
  });

  test('any text either renders or is refused with a TemplateError', () => {
    const pieces = fc.constantFrom(
      '{{',
      '}}',
      '{{-',
      '-}}',
      'if',
      'end',
      'else',
      'range',
      '.',
      '.Name',
      '$x',
      ':=',
      '|',
      '(',
      ')',
      '`a`',
      '"',
      ' ',
      '1',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join(' ')),
        ),
        (source) => {
          try {
            render(source);
          } catch (error) {
            expect(error).toBeInstanceOf(TemplateError);
          }
        },
      ),
    );
  });
});

test('inserted values are data: they come out as they went in', () => {
  const nasty = fc.string({ unit: fc.constantFrom('"', '\\', '%', '<', '&', '{', '}', '`', '$', 'a', '\n') });
  fc.assert(
    fc.property(nasty, (value) => {
      expect(render('{{ .Labels.team }}', { team: value })).toBe(value);
    }),
  );
});

import { invalid, required } from '../../../meta/index.ts';
import { adaptersOf, loraPath } from '../lora.ts';
import { type Check, type Finding, isTemplate, refuse } from '../rule.ts';

/** Schemes that a model can come from (features F02). */
export const modelSchemes: readonly string[] = [
  'hf',
  's3',
  'gs',
  'pvc',
  'oci',
  'oci+native',
  'oci+modelcar',
  'oci+fetch',
  'file',
  'https',
  'http',
  'az',
  'abfs',
  'abfss',
  'hdfs',
  'webhdfs',
  'modelscope',
  'builtin',
  'pypi',
];

/** The URI names a scheme that can be served; an empty one may still come from a layer below. */
export const modelUriHasAKnownScheme: Check = ({ spec }) => uriFindings('spec.model.uri', spec.model?.uri);

export const adapterUrisHaveAKnownScheme: Check = ({ spec }) =>
  adaptersOf(spec).flatMap((adapter, index) => {
    const path = `${loraPath}.adapters[${index}].uri`;
    if (adapter === undefined) return [];
    const uri: unknown = adapter.uri ?? '';
    if (uri === '')
      return [
        refuse(required(path, 'an adapter needs weights — name their source, such as hf://org/adapter')),
      ];
    const findings = uriFindings(path, uri);
    return findings.length === 0 && /^oci(\+\w+)?:/i.test(String(uri))
      ? [
          refuse(
            invalid(path, uri, 'container images hold models, not adapters — use hf://, s3:// or pvc://'),
          ),
        ]
      : findings;
  });

function uriFindings(path: string, uri: unknown): readonly Finding[] {
  if (typeof uri !== 'string' || uri === '' || isTemplate(uri)) return [];
  const end = uri.indexOf('://');
  if (end < 0) {
    const detail = 'no scheme — use hf://, s3://, gs://, pvc://, oci://, file://, https:// or builtin://';
    return [refuse(invalid(path, uri, detail))];
  }
  const scheme = uri.slice(0, end).toLowerCase();
  if (!modelSchemes.includes(scheme)) {
    const supported = modelSchemes.map((name) => `${name}://`).join(', ');
    return [refuse(invalid(path, uri, `unsupported scheme "${scheme}" — supported: ${supported}`))];
  }
  return uri.length === end + 3
    ? [refuse(invalid(path, uri, 'names nothing after the scheme — add the model'))]
    : [];
}

import { invalid } from '../../meta/index.ts';
import type { Rule } from './rule.ts';

/** Schemes that a model can come from (features F02). */
export const modelSchemes: readonly string[] = [
  'hf',
  's3',
  'gs',
  'pvc',
  'oci',
  'oci+native',
  'file',
  'https',
  'http',
  'abfs',
  'abfss',
  'hdfs',
  'webhdfs',
  'modelscope',
  'builtin',
  'pypi',
];

/** The URI names a scheme that can be served; an empty one may still come from a layer below. */
const modelUriHasAKnownScheme: Rule = (spec, path) => {
  const uri = spec.model?.uri;
  if (uri === undefined || uri === '' || uri.includes('{{')) return [];
  const at = `${path}.model.uri`;
  const end = uri.indexOf('://');
  if (end < 0) {
    return [
      invalid(
        at,
        uri,
        'no scheme — use hf://, s3://, gs://, pvc://, oci://, file://, https:// or builtin://',
      ),
    ];
  }
  const scheme = uri.slice(0, end).toLowerCase();
  if (!modelSchemes.includes(scheme)) {
    return [
      invalid(
        at,
        uri,
        `unsupported scheme "${scheme}" — supported: ${modelSchemes.map((s) => `${s}://`).join(', ')}`,
      ),
    ];
  }
  return uri.length === end + 3 ? [invalid(at, uri, 'names nothing after the scheme — add the model')] : [];
};

export const modelRules: readonly Rule[] = [modelUriHasAKnownScheme];

import { notAcceptable } from './api-error.ts';

/** How a client wants to see objects. */
export type Representation =
  | { readonly type: 'object' }
  | { readonly type: 'table'; readonly version: string }
  | { readonly type: 'partial'; readonly version: string };

interface MediaType {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Picks the first entry of Accept that this server can produce; it writes JSON only. */
export function negotiate(accept: string | undefined): Representation {
  const wanted = parseAccept(accept);
  for (const { name, parameters } of wanted) {
    if (!isJson(name)) continue;
    const as = parameters.as;
    const version = parameters.v ?? 'v1';
    if (as === undefined) return { type: 'object' };
    if (parameters.g !== 'meta.k8s.io' || !['v1', 'v1beta1'].includes(version)) continue;
    if (as === 'Table') return { type: 'table', version };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList')
      return { type: 'partial', version };
  }
  throw notAcceptable('application/json');
}

/** The aggregated discovery version that a client asks for, or null for the classic lists. */
export function negotiateDiscovery(accept: string | undefined): 'v2' | 'v2beta1' | null {
  for (const { name, parameters } of parseAccept(accept)) {
    if (!isJson(name)) continue;
    if (parameters.as === undefined) return null;
    if (parameters.as !== 'APIGroupDiscoveryList' || parameters.g !== 'apidiscovery.k8s.io') continue;
    if (parameters.v === 'v2' || parameters.v === 'v2beta1') return parameters.v;
  }
  return null;
}

function isJson(name: string): boolean {
  return name === 'application/json' || name === '*/*' || name === 'application/*';
}

function parseAccept(accept: string | undefined): MediaType[] {
  if (accept === undefined || accept.trim() === '') return [{ name: '*/*', parameters: {} }];
  return accept.split(',').map((part) => {
    const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const pairs = parameters.map((piece) => piece.split('=', 2).map((side) => side.trim()));
    return {
      name: name.toLowerCase(),
      parameters: Object.fromEntries(pairs.map(([key = '', value = '']) => [key, value])),
    };
  });
}

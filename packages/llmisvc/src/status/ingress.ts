import { type Ingress, ingresses } from '@weir/api/gateway';
import { conditionReasons, type StatusAddress } from '@weir/api/serving';
import { backendsOf, pathsTo } from '../desired/index.ts';
import type { ComposedStatusInput } from './input.ts';
import { urlText } from './urls.ts';
import { isFalse, isTrue, type Verdict } from './verdict.ts';

/** Every Ingress of the service has an address. */
export function ingressVerdict(input: ComposedStatusInput): Verdict {
  const all = ingressesOf(input);
  const waiting = all.filter((one) => hostsOf(one).length === 0);
  if (all.length > 0 && waiting.length === 0) return isTrue;
  const names = waiting.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(', ');
  return isFalse(
    conditionReasons.ingressNoAddress,
    names === ''
      ? 'the Ingress is not written yet'
      : `Ingress ${names} has no address — is an Ingress controller installed?`,
  );
}

/** One way in through an Ingress. `connect` is where its controller listens: host names are what users typed. */
export interface IngressEndpoint {
  readonly address: StatusAddress & { readonly url: string };
  readonly connect: { readonly host: string; readonly port: number };
}

/** URLs under which Ingresses lead to the service. */
export function ingressEndpoints(input: ComposedStatusInput): IngressEndpoint[] {
  const backends = backendsOf(input.service);
  return ingressesOf(input).flatMap((ingress) => {
    const scheme = (ingress.spec?.tls ?? []).length > 0 ? 'https' : 'http';
    const origin = {
      group: ingresses.group,
      kind: ingresses.kind,
      name: ingress.metadata.name ?? '',
      namespace: ingress.metadata.namespace ?? '',
    };
    const addresses = hostsOf(ingress);
    return pathsTo(ingress, backends).flatMap(({ host, path }) =>
      (host === undefined ? addresses : addresses.slice(0, 1)).map((one): IngressEndpoint => {
        const port = one.port ?? (scheme === 'https' ? 443 : 80);
        const url = urlText(scheme, host ?? one.host, port, path === '/' ? '' : path);
        const address = { name: 'ingress-external', url, origin };
        return { address, connect: { host: one.host, port } };
      }),
    );
  });
}

function ingressesOf({ spec, observed }: ComposedStatusInput): Ingress[] {
  if (spec.router?.ingress === undefined) return [];
  if ((spec.router.ingress.refs ?? []).length > 0) return [...observed.ingresses];
  return observed.children
    .filter(({ kind }) => kind.plural === ingresses.plural)
    .map(({ object }) => object as Ingress);
}

function hostsOf({ status }: Ingress): { host: string; port: number | undefined }[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname, ports }) => {
    const host = hostname ?? ip;
    return host === undefined ? [] : [{ host, port: ports?.[0]?.port }];
  });
}

import type { HubReview, HubRoute } from '@weir/testing';
import type { RawRequest } from './raw-request.ts';

type Gadget = Record<string, unknown> & {
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  readonly spec: Record<string, unknown>;
};

/** v1alpha1 says `width` where v1 says `size`. Names choose what goes wrong. */
export const convert: HubRoute = ({ apiVersion, kind, request }) => {
  const objects = (request.objects ?? []) as readonly Gadget[];
  const [first] = objects;
  const response = (fields: object): ReturnType<HubRoute> => ({
    body: { apiVersion, kind, response: { uid: request.uid, ...fields } },
  });
  switch (first?.metadata.name) {
    case 'refuses':
      return response({ result: { status: 'Failure', message: 'gadgets have no width' } });
    case 'refuses-silently':
      return response({ result: { status: 'Failure' } });
    case 'too-few':
      return response({ result: { status: 'Success' }, convertedObjects: [] });
    case 'other-review':
      return response({ uid: 'other', result: { status: 'Success' }, convertedObjects: objects });
    case 'no-response':
      return { body: { apiVersion, kind } };
    case 'crashes':
      return { code: 500, contentType: 'text/plain', body: 'out of order' };
  }
  const convertedObjects = objects.map((object) => change(convertOne(object, request)));
  return response({ result: { status: 'Success' }, convertedObjects });
};

function convertOne({ spec, ...rest }: Gadget, { desiredAPIVersion }: HubReview['request']): Gadget {
  const { size, width, ...others } = spec;
  const value = size ?? width;
  const name = desiredAPIVersion?.endsWith('/v1') === true ? 'size' : 'width';
  return { ...rest, apiVersion: desiredAPIVersion, spec: { ...others, [name]: value } } as unknown as Gadget;
}

function change(object: Gadget): Gadget {
  const { metadata } = object;
  switch (metadata.name) {
    case 'renamed':
      return { ...object, metadata: { ...metadata, name: 'else' } };
    case 'other-uid':
      return { ...object, metadata: { ...metadata, uid: 'else' } as Gadget['metadata'] };
    case 'other-version':
      return { ...object, apiVersion: 'parity.example/v2' };
    case 'other-kind':
      return { ...object, kind: 'Other' };
    case 'bad-label':
      return { ...object, metadata: { ...metadata, labels: { a: 'not allowed!' } } };
    case 'labelled':
      return {
        ...object,
        metadata: { ...metadata, labels: { seen: 'yes' }, finalizers: ['a/b'] } as Gadget['metadata'],
      };
    default:
      return object;
  }
}

const path = (version: string, name = ''): string =>
  `/apis/parity.example/${version}/namespaces/default/gadgets${name === '' ? '' : `/${name}`}`;
const merge = 'application/merge-patch+json';

export function gadget(name: string, version: string, spec: object): object {
  return { apiVersion: `parity.example/${version}`, kind: 'Gadget', metadata: { name }, spec };
}

/** In order: each sees what the ones before it left. */
export const conversionRequests: readonly (readonly [string, readonly RawRequest[]])[] = [
  ['an object of before the webhook', [{ method: 'GET', path: path('v1alpha1', 'old') }]],
  [
    'an object that is created in the other version',
    [
      { method: 'POST', path: path('v1alpha1'), body: gadget('new', 'v1alpha1', { width: 4 }) },
      { method: 'GET', path: path('v1', 'new') },
    ],
  ],
  [
    'changes in the other version',
    [
      { method: 'PATCH', path: path('v1alpha1', 'new'), type: merge, body: { spec: { width: 5 } } },
      {
        method: 'PATCH',
        path: `${path('v1alpha1', 'new')}/status`,
        type: merge,
        body: { status: { ok: true } },
      },
      {
        method: 'PATCH',
        path: `${path('v1alpha1', 'new')}?fieldManager=applier&force=true`,
        type: 'application/apply-patch+yaml',
        body: gadget('new', 'v1alpha1', { width: 6 }),
      },
      { method: 'GET', path: path('v1', 'new') },
    ],
  ],
  [
    'labels of the webhook, and nothing else of the metadata',
    [
      { method: 'POST', path: path('v1'), body: gadget('labelled', 'v1', { size: 1 }) },
      { method: 'GET', path: path('v1alpha1', 'labelled') },
    ],
  ],
  ['a list of both', [{ method: 'GET', path: path('v1alpha1') }]],
  [
    'an invalid object of the other version',
    [{ method: 'POST', path: path('v1alpha1'), body: gadget('bad', 'v1alpha1', { width: -1 }) }],
  ],
  ...[
    'refuses',
    'refuses-silently',
    'too-few',
    'other-review',
    'no-response',
    'crashes',
    'renamed',
    'other-uid',
    'other-version',
    'other-kind',
    'bad-label',
  ].map(
    (name) =>
      [
        `a webhook where it ${name}`,
        [
          { method: 'POST', path: path('v1alpha1'), body: gadget(name, 'v1alpha1', { width: 2 }) },
          { method: 'POST', path: path('v1'), body: gadget(name, 'v1', { size: 2 }) },
          { method: 'GET', path: path('v1alpha1', name) },
          { method: 'PATCH', path: path('v1alpha1', name), type: merge, body: { spec: { width: 3 } } },
          { method: 'DELETE', path: path('v1', name) },
        ] as const,
      ] as const,
  ),
];

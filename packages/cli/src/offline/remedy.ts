import type { FieldError } from '@weir/api/meta';

const byType: Readonly<Record<FieldError['type'], string>> = {
  Invalid: 'change the value so that it meets the rule',
  Required: 'set the field',
  NotSupported: 'write one of the supported values',
  Forbidden: 'remove the field',
  Duplicate: 'remove or rename one of the two',
  TooLong: 'shorten the text',
  TooMany: 'remove items',
  TypeInvalid: 'write a value of the type that the field has',
  NotFound: 'name something that exists',
};

/** Schemas and their rules say only what is wrong; what to do follows from how they say it. */
const byWording: readonly (readonly [RegExp, string])[] = [
  [/did you mean ("[^"]+")\?/, 'write $1'],
  [/must be (?:of type |an? )(string|object|list|array|integer|number|boolean)/, 'write a value of type $1'],
  [/should be greater than or equal to (-?\d+)/, 'set it to $1 or more'],
  [/should be less than or equal to (-?\d+)/, 'set it to $1 or less'],
  [/should have at least (\d+) items/, 'add items until there are $1'],
  [/should match '(.*)'/, 'write a text of the form $1'],
  [/(\S+) and (\S+) are mutually exclusive/, 'remove $1 or $2'],
  [/either (\S+) or (\S+) must be specified/, 'add $1 or $2'],
  [/at least one (\S+) is required/, 'add a $1'],
  [/(\S+) (?:cannot exceed|must be less than) ([^\s;]+)/, 'lower $1 or raise $2'],
  [/(\S+) must not be set/, 'remove $1'],
  [/unknown variable/, 'write a field of the service, such as .Name, or a setting that templates may read'],
];

/** What to do about an error whose text does not say it. */
export function remedyOf(type: FieldError['type'], text: string): string {
  for (const [wording, remedy] of byWording) {
    const found = wording.exec(text);
    if (found !== null) return remedy.replaceAll(/\$(\d)/g, (_, group: string) => found[Number(group)] ?? '');
  }
  return byType[type];
}

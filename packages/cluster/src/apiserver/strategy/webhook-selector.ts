import type { FieldError } from '@weir/api/meta';
import { forbidden, invalid, required } from '@weir/api/meta';
import type { LabelSelector } from '@weir/api/workloads';
import { labelErrors, labelValueErrors, qualifiedNameErrors } from '../rest/names.ts';

/** Problems of a label selector. */
export function selectorErrors(selector: LabelSelector, path: string): FieldError[] {
  return [
    ...labelErrors(selector.matchLabels, `${path}.matchLabels`),
    ...(selector.matchExpressions ?? []).flatMap((requirement, index) =>
      requirementErrors(requirement, `${path}.matchExpressions[${index}]`),
    ),
  ];
}

function requirementErrors(
  { key, operator, values = [] }: NonNullable<LabelSelector['matchExpressions']>[number],
  path: string,
): FieldError[] {
  const keyErrors = qualifiedNameErrors(key ?? '').map((detail) => invalid(`${path}.key`, key, detail));
  const valueErrors = values.flatMap((value, index) =>
    labelValueErrors(value).map((detail) => invalid(`${path}.values[${index}]`, value, detail)),
  );
  return [...operatorErrors(operator, values, path), ...keyErrors, ...valueErrors];
}

function operatorErrors(operator: string, values: readonly string[], path: string): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0
        ? []
        : [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0
        ? []
        : [forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    default:
      return [invalid(`${path}.operator`, operator, 'not a valid selector operator')];
  }
}

import type { HTTPRouteMatch, HTTPRouteRule } from '@weir/api/gateway';
import { modelBasedRoutingAnnotation } from '@weir/api/serving';
import type { DesiredInput } from './input.ts';
import { namespaceOf } from './metadata.ts';

/** Limits of the Gateway API for one HTTPRoute. */
const maxRules = 16;
const maxMatchesOfRule = 64;
const maxMatches = 127;

/**
 * Rules that match the header with the model's name: off, they go; on, they match the adapters of the model too. The
 * copies are spread over further rules where one cannot hold them, and become one regular expression where the route
 * cannot.
 */
export function modelRoutedRules(input: DesiredInput, rules: readonly HTTPRouteRule[]): HTTPRouteRule[] {
  const header = input.platform.modelBasedRoutingHeaderName.toLowerCase();
  if (!isModelRoutingOn(input)) return rules.flatMap((rule) => withoutModelMatches(rule, header));
  const adapters = (input.spec.model?.lora?.adapters ?? []).flatMap(({ name }) => name ?? []).sort();
  if (adapters.length === 0) return [...rules];
  const prefix = `publishers/${namespaceOf(input.service)}/models/`;
  const models = adapters.map((name) => prefix + name);
  const copied = rules.flatMap((rule) => splitMatches(withCopies(rule, header, models)));
  return fits(copied) ? copied : rules.map((rule) => withExpression(rule, header, models));
}

function isModelRoutingOn({ spec, platform, observed }: DesiredInput): boolean {
  if (platform.modelBasedRoutingHeaderName === '' || platform.modelBasedRoutingMode === 'disabled')
    return false;
  if (spec.annotations?.[modelBasedRoutingAnnotation] !== 'true') return false;
  if (platform.modelBasedRoutingMode === 'forced') return true;
  return !observed.gateways.some(
    (gateway) => gateway.metadata.annotations?.[modelBasedRoutingAnnotation] === 'false',
  );
}

/** A rule whose every match is about the model goes as a whole. */
function withoutModelMatches(rule: HTTPRouteRule, header: string): HTTPRouteRule[] {
  if (rule.matches === undefined) return [rule];
  const matches = rule.matches.filter((match) => !isAboutModel(match, header));
  return matches.length === 0 && rule.matches.length > 0 ? [] : [{ ...rule, matches }];
}

function isAboutModel({ headers = [] }: HTTPRouteMatch, header: string): boolean {
  return headers.some(({ name }) => name.toLowerCase() === header);
}

function withCopies(rule: HTTPRouteRule, header: string, models: readonly string[]): HTTPRouteRule {
  if (rule.matches === undefined) return rule;
  const matches = rule.matches.flatMap((match) =>
    isAboutModel(match, header)
      ? [match, ...models.map((model) => withModel(match, header, { value: model }))]
      : [match],
  );
  return { ...rule, matches };
}

function withExpression(rule: HTTPRouteRule, header: string, models: readonly string[]): HTTPRouteRule {
  if (rule.matches === undefined) return rule;
  const matches = rule.matches.map((match) => {
    if (!isAboutModel(match, header)) return match;
    const own = (match.headers ?? []).flatMap(({ name, value }) =>
      name.toLowerCase() === header ? [value] : [],
    );
    const value = `^(${[...own, ...models].map(escapeExpression).join('|')})$`;
    return withModel(match, header, { type: 'RegularExpression', value });
  });
  return { ...rule, matches };
}

function withModel(
  match: HTTPRouteMatch,
  header: string,
  wanted: { readonly type?: 'RegularExpression'; readonly value: string },
): HTTPRouteMatch {
  const headers = (match.headers ?? []).map((one) =>
    one.name.toLowerCase() === header ? { ...one, ...wanted } : one,
  );
  return { ...match, headers };
}

function escapeExpression(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function splitMatches(rule: HTTPRouteRule): HTTPRouteRule[] {
  const { matches = [] } = rule;
  if (matches.length <= maxMatchesOfRule) return [rule];
  const rules: HTTPRouteRule[] = [];
  for (let start = 0; start < matches.length; start += maxMatchesOfRule) {
    const name =
      rule.name === undefined ? {} : { name: start === 0 ? rule.name : `${rule.name}-${rules.length + 1}` };
    rules.push({ ...rule, ...name, matches: matches.slice(start, start + maxMatchesOfRule) });
  }
  return rules;
}

function fits(rules: readonly HTTPRouteRule[]): boolean {
  const total = rules.reduce((sum, { matches = [] }) => sum + matches.length, 0);
  return rules.length <= maxRules && total <= maxMatches;
}

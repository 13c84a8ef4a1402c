import { type FieldError, fieldErrorText, type KubeObject } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import { nearest } from '@weir/core/errors';
import {
  type Combined,
  createServingAdmission,
  type PlatformConfig,
  type RenderedCause,
} from '@weir/llmisvc';
import { compose, type Surroundings, schemaErrors } from './compose.ts';
import { nameOf } from './documents.ts';
import { nullFields } from './nulls.ts';
import { remedyOf } from './remedy.ts';
import { checkSchema } from './schema.ts';

/** One thing that is wrong: where, why, and what to do about it. */
export interface Problem {
  readonly object: string;
  /** Empty when the object as a whole is meant. */
  readonly field: string;
  /** A reason of the Kubernetes API or of a condition. */
  readonly reason: string;
  readonly message: string;
  readonly fix: string;
}

export interface Checked {
  readonly object: string;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
  /** Kinds whose schema this program does not have are only read. */
  readonly isChecked: boolean;
}

/** Checks a document as an API server with our webhooks does, then composes it as the controller does. */
export async function checkDocument(document: KubeObject, surroundings: Surroundings): Promise<Checked> {
  const object = nameOf(document);
  const schema = checkSchema(surroundings.crds, document);
  if (schema === null) return { object, problems: [], warnings: [], isChecked: false };
  const unknown = schema.unknownFields.map((field) => unknownField(object, field, document));
  const invalid = schemaErrors(schema.errors).map((error) => fieldProblem(object, error));
  const nulls = nullFields(document);
  const meant = nulls
    .filter(({ isMeant }) => isMeant)
    .map(({ path, message, fix }) => ({ object, field: path, reason: 'NotSupported', message, fix }));
  const problems = [...unknown, ...invalid, ...meant];
  const warnings = nulls
    .filter(({ isMeant }) => !isMeant)
    .map(({ path, message, fix }) => `${path}: ${message} — ${fix}`);
  if (invalid.length === 0) {
    const review = await reviewDocument(schema.object, surroundings.platform);
    problems.push(...review.problems);
    warnings.push(...review.warnings);
  }
  if (problems.length === 0 && document.kind === servingResources.services.kind) {
    problems.push(...compositionProblems(object, compose(schema.object, surroundings)));
  }
  return { object, problems, warnings, isChecked: true };
}

async function reviewDocument(
  object: KubeObject,
  { systemNamespace, configPrefix }: PlatformConfig,
): Promise<{ readonly problems: readonly Problem[]; readonly warnings: readonly string[] }> {
  const kind = Object.values(servingResources).find((one) => one.kind === object.kind);
  const [plugin] = createServingAdmission({ systemNamespace, configPrefix }).filter(
    (one) => kind !== undefined && one.matches(kind, ''),
  );
  if (plugin === undefined || kind === undefined) return { problems: [], warnings: [] };
  const request = { operation: 'CREATE' as const, kind, object, oldObject: null, dryRun: false };
  const { errors = [], forbidden, warnings = [] } = await plugin.review(request);
  const name = nameOf(object);
  return {
    problems: [
      ...errors.map((error) => fieldProblem(name, error)),
      ...(forbidden === undefined ? [] : [problemOf(name, '', 'Forbidden', forbidden)]),
    ],
    warnings,
  };
}

function compositionProblems(object: string, combined: Combined): readonly Problem[] {
  if (combined.type === 'combined') return [];
  const { reason, message, causes } = combined;
  if (causes !== undefined) return causes.map((cause) => causeProblem(object, reason, cause));
  const [, field = 'spec', text = message] = /^(spec[^:\s]*): (.*)$/s.exec(message) ?? [];
  return [problemOf(object, field, reason, text)];
}

/** What is wrong only once the layers are merged: the layer that brings it is named. */
function causeProblem(
  object: string,
  reason: string,
  { field, message, reason: error = 'FieldValueInvalid', hint, origin }: RenderedCause,
): Problem {
  const type = error.replace(/^FieldValue/, '') as FieldError['type'];
  const problem = problemOf(object, field, reason, message, type);
  const from = origin === undefined ? 'once merged' : `set in ${origin}`;
  return { ...problem, message: `${problem.message}, ${from}`, fix: hint ?? problem.fix };
}

function fieldProblem(object: string, error: FieldError): Problem {
  const reason = error.type === 'TypeInvalid' ? 'Invalid' : error.type;
  const message = causeText(error);
  return error.hint === undefined
    ? problemOf(object, error.path, reason, message, error.type)
    : { object, field: error.path, reason, message, fix: error.hint };
}

/** `Invalid value: "x": why`, without the path in front. */
function causeText(error: FieldError): string {
  const text = fieldErrorText(error);
  const prefix = `${error.path === '' ? '<nil>' : error.path}: `;
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}

/** Our texts say what to do behind the last dash, with the place in a template after it. */
function problemOf(
  object: string,
  field: string,
  reason: string,
  text: string,
  type: FieldError['type'] = 'Invalid',
): Problem {
  const [, message = text, fix = remedyOf(type, text), place = ''] =
    /^(.*) — (.*?)( \(line \d+, column \d+\).*)?$/s.exec(text) ?? [];
  return { object, field, reason, message: message + place, fix };
}

function unknownField(object: string, field: string, document: KubeObject): Problem {
  const name = field.slice(field.lastIndexOf('.') + 1);
  const suggestion = nearest(name, knownFields(document.kind));
  return {
    object,
    field,
    reason: 'BadRequest',
    message: `unknown field "${field}"`,
    fix: unknownFieldFix(name, suggestion),
  };
}

function unknownFieldFix(name: string, suggestion: string | null): string {
  if (suggestion === null) return 'remove the field';
  return suggestion === name
    ? 'remove the field: it belongs to another place or to another version of the kind'
    : `did you mean "${suggestion}"?`;
}

const workloadFields =
  'replicas scaling parallelism labels annotations template worker kvCacheOffloading rolloutStrategy';
const servingFields = (
  `apiVersion kind metadata spec model uri name criticality lora adapters router route gateway ingress scheduler http refs pool config inline ref tokenizer ` +
  `prefill tracing baseRefs storageInitializer tensor pipeline data dataLocal dataRPCPort expert containers initContainers image command args env ` +
  `resources limits requests ports volumes volumeMounts ${workloadFields}`
).split(' ');

function knownFields(kind: string): readonly string[] {
  return kind.startsWith('LLMInferenceService') ? servingFields : [];
}

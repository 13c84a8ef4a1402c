import { labelValue, scanSamples } from './scan.ts';

/** A metric name with the labels that a sample must have: `name` or `name{label=value,…}`. */
export interface MetricSpec {
  readonly name: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
}

const wholeSpec = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?$/;
const labelSpec = /^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"?([^"]*?)"?\s*$/;

/** Parses a specification string, or null when it is not one. */
export function parseMetricSpec(text: string): MetricSpec | null {
  const whole = wholeSpec.exec(text.trim());
  if (whole === null) return null;
  const [, name = '', selector = ''] = whole;
  const labels: [string, string][] = [];
  for (const part of selector.trim() === '' ? [] : selector.split(',')) {
    const label = labelSpec.exec(part);
    if (label === null) return null;
    labels.push([label[1] ?? '', label[2] ?? '']);
  }
  return { name, labels };
}

/** Calls `visit` with the labels and value of each sample that the specification selects. */
function visitSelected(
  text: string,
  spec: MetricSpec,
  visit: (labels: string, value: number, timestamp: number | null) => void,
): void {
  scanSamples(text, spec.name, (labels, value, timestamp) => {
    if (spec.labels.every(([name, wanted]) => labelValue(labels, name) === wanted)) {
      visit(labels, value, timestamp);
    }
  });
}

/** The selected value: of several samples the one with the newest timestamp, else the first. */
export function readValue(text: string, spec: MetricSpec): number | null {
  let best: number | null = null;
  let newest = Number.NEGATIVE_INFINITY;
  visitSelected(text, spec, (_, value, timestamp) => {
    if (best === null || (timestamp !== null && timestamp > newest)) {
      best = value;
      newest = timestamp ?? newest;
    }
  });
  return best;
}

/** The labels of the selected sample with the largest value, or null. */
export function readLatestLabels(text: string, spec: MetricSpec): string | null {
  let best: string | null = null;
  let largest = Number.NEGATIVE_INFINITY;
  visitSelected(text, spec, (labels, value) => {
    if (best === null || value > largest) {
      best = labels;
      largest = value;
    }
  });
  return best;
}

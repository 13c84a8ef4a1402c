/**
 * A lean Prometheus registry. Label sets are resolved once to a child (`counter.labels({...})`), so that the hot path
 * adds a number and hashes nothing. The number of label sets per metric is capped: clients control some label values.
 */

export type Labels = Readonly<Record<string, string>>;

export interface CounterChild {
  inc(amount?: number): void;
  readonly value: number;
}
export interface GaugeChild {
  set(value: number): void;
  inc(amount?: number): void;
  dec(amount?: number): void;
  readonly value: number;
}
export interface HistogramChild {
  observe(value: number): void;
  readonly count: number;
  readonly sum: number;
}
export interface Metric<Child> {
  labels(labels?: Labels): Child;
  remove(labels: Labels): void;
}

export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

/** Label sets per metric; further ones are folded into one whose values are all `other` (features F27). */
const maxSeries = 1000;

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  write(lines: string[]): void;
}

export class MetricsRegistry {
  readonly #families = new Map<string, Family>();

  counter(options: MetricOptions): Metric<CounterChild> {
    return this.#register(options, 'counter', () => new NumberChild(), writeNumber);
  }

  gauge(options: MetricOptions): Metric<GaugeChild> {
    return this.#register(options, 'gauge', () => new NumberChild(), writeNumber);
  }

  /** `buckets` are upper bounds in ascending order, without +Inf. */
  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Metric<HistogramChild> {
    return this.#register(options, 'histogram', () => new Buckets(options.buckets), writeHistogram);
  }

  /** Text exposition format 0.0.4. */
  expose(): string {
    const lines: string[] = [];
    for (const family of this.#families.values()) {
      lines.push(`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`);
      family.write(lines);
    }
    return `${lines.join('\n')}\n`;
  }

  #register<Child>(
    options: MetricOptions,
    type: Family['type'],
    create: () => Child,
    write: (lines: string[], name: string, labels: string, child: Child) => void,
  ): Metric<Child> {
    if (this.#families.has(options.name)) throw new Error(`metric ${options.name} is registered twice`);
    const names = options.labelNames ?? [];
    const children = new Map<string, Child>();
    this.#families.set(options.name, {
      name: options.name,
      help: options.help,
      type,
      write(lines) {
        for (const [labels, child] of children) write(lines, options.name, labels, child);
      },
    });
    const childFor = (key: string): Child => {
      let child = children.get(key);
      if (child === undefined) {
        child = create();
        children.set(key, child);
      }
      return child;
    };
    return {
      labels(labels = {}) {
        const key = labelText(names, labels);
        if (children.has(key) || children.size < maxSeries) return childFor(key);
        return childFor(labelText(names, Object.fromEntries(names.map((name) => [name, 'other']))));
      },
      remove(labels) {
        children.delete(labelText(names, labels));
      },
    };
  }
}

class NumberChild implements GaugeChild {
  value = 0;
  set(value: number): void {
    this.value = value;
  }
  inc(amount = 1): void {
    this.value += amount;
  }
  dec(amount = 1): void {
    this.value -= amount;
  }
}

class Buckets implements HistogramChild {
  readonly bounds: readonly number[];
  readonly counts: Float64Array;
  count = 0;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length);
  }

  observe(value: number): void {
    this.count++;
    this.sum += value;
    for (let i = this.bounds.length - 1; i >= 0; i--) {
      if (value > (this.bounds[i] ?? 0)) break;
      this.counts[i] = (this.counts[i] ?? 0) + 1;
    }
  }
}

function writeNumber(lines: string[], name: string, labels: string, child: { value: number }): void {
  lines.push(`${name}${labels === '' ? '' : `{${labels}}`} ${child.value}`);
}

function writeHistogram(lines: string[], name: string, labels: string, child: HistogramChild): void {
  const { bounds, counts, count, sum } = child as Buckets;
  const prefix = labels === '' ? '' : `${labels},`;
  const braces = labels === '' ? '' : `{${labels}}`;
  bounds.forEach((bound, i) => {
    lines.push(`${name}_bucket{${prefix}le="${bound}"} ${counts[i] ?? 0}`);
  });
  lines.push(
    `${name}_bucket{${prefix}le="+Inf"} ${count}`,
    `${name}_sum${braces} ${sum}`,
    `${name}_count${braces} ${count}`,
  );
}

function labelText(names: readonly string[], labels: Labels): string {
  return names.map((name) => `${name}="${escapeLabel(labels[name] ?? '')}"`).join(',');
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
}

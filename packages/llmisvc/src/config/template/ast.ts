/** Syntax tree of a Go text/template. */

export type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'action'; readonly pipeline: Pipeline }
  | BranchNode
  /** `pipeline` is what the template sees as its dot; without one it sees nothing. */
  | {
      readonly type: 'template';
      readonly name: string;
      readonly pipeline: Pipeline | null;
      readonly at: number;
    }
  | { readonly type: 'break' | 'continue' };

export interface BranchNode {
  readonly type: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

export interface Template {
  readonly nodes: readonly Node[];
  /** What `define` and `block` name. */
  readonly definitions: ReadonlyMap<string, readonly Node[]>;
}

export interface Pipeline {
  /** `$x :=` or `$i, $x :=` in front; `isAssignment` for `=`. */
  readonly variables: readonly string[];
  readonly isAssignment: boolean;
  readonly commands: readonly Command[];
}

/** An operand, or a function with its arguments. */
export interface Command {
  readonly operands: readonly Operand[];
}

export type Operand =
  | { readonly type: 'literal'; readonly value: string | number | boolean | null; readonly at: number }
  | { readonly type: 'field'; readonly path: readonly string[]; readonly at: number }
  | {
      readonly type: 'variable';
      readonly name: string;
      readonly path: readonly string[];
      readonly at: number;
    }
  | { readonly type: 'function'; readonly name: string; readonly at: number }
  | {
      readonly type: 'group';
      readonly pipeline: Pipeline;
      readonly path: readonly string[];
      readonly at: number;
    };

/** A template that cannot be parsed or executed; `at` is the offset in the text. */
export class TemplateError extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.name = 'TemplateError';
    this.at = at;
  }
}

import { TemplateError } from './ast.ts';

/** Work that rendering one spec may cost: one per step, and one per 256 characters that a step touches. */
const maxCost = 500_000;
/** All strings of a spec together never render to more than an API server could store. */
const maxOutput = 2 * 1024 * 1024;

/** What is left of the work and output that one spec may take, over all its templates. */
export class Budget {
  #cost: number = maxCost;
  #output: number = maxOutput;

  /** Counts one step that handles `characters`. */
  spend(at: number, characters = 0): void {
    this.#cost -= 1 + Math.floor(characters / 256);
    if (this.#cost < 0) throw new TemplateError('takes too many steps — simplify the template', at);
  }

  write(characters: number): void {
    this.#output -= characters;
    if (this.#output < 0) throw new TemplateError(`the spec renders to more than ${maxOutput} characters`, 0);
  }

  /** A single value is held to the same limit, before it is written. */
  checkLength(text: string, at: number): void {
    if (text.length > maxOutput) throw new TemplateError(`a value has more than ${maxOutput} characters`, at);
  }
}

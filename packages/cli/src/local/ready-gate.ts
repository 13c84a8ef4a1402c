import { type ReadyGate, readyGates } from '@weir/llmisvc';
import { cliErrors } from '../errors.ts';

/** The value of `--ready-gate`. */
export function parseReadyGate(text: string): ReadyGate {
  const found = readyGates.find((gate) => gate === text);
  if (found === undefined) {
    throw cliErrors.USAGE({ problem: `--ready-gate ${text}: must be one of ${readyGates.join(', ')}` });
  }
  return found;
}

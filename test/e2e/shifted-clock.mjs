// Loaded before a program (`node --import`): its clock of the day is off by the milliseconds that a file says, from
// moment to moment. Timers and performance.now() go on as they are, as when somebody sets a machine's clock.
import { readFileSync } from 'node:fs';

const file = process.env.TEST_CLOCK_SHIFT_FILE;
const TrueDate = Date;
const freshMs = 50;
let readAtMs = -freshMs;
let shiftMs = 0;

function shift() {
  if (performance.now() - readAtMs >= freshMs) {
    readAtMs = performance.now();
    shiftMs = Number(readFileSync(file, 'utf8'));
  }
  return shiftMs;
}

globalThis.Date = class extends TrueDate {
  constructor(...args) {
    if (args.length === 0) super(TrueDate.now() + shift());
    else super(...args);
  }

  static now() {
    return TrueDate.now() + shift();
  }
};

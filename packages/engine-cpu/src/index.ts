export { generateTinyRandom } from './gguf/tiny-random.ts';
export { type RunContext, runEngine } from './run.ts';

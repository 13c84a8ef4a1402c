import { createRequire } from 'node:module';
import path from 'node:path';

/**
 * The only file that knows the native addon. Its classes are not a public interface of the package that ships them, so
 * the package is pinned to one exact version and `selfTest` runs at every start.
 */

export interface NativeModel {
  init(): Promise<boolean>;
  tokenize(text: string, parseSpecial: boolean): Uint32Array;
  detokenize(tokens: Uint32Array, renderSpecial: boolean): string;
  isEogToken(token: number): boolean;
  shouldPrependBosToken(): boolean;
  tokenBos(): number;
  tokenEos(): number;
  getTokenString(token: number): string;
  getTrainContextSize(): number;
  getTotalParameters(): number;
  getModelDescription(): string;
  dispose(): Promise<void>;
}

export interface NativeContext {
  init(): Promise<boolean>;
  initBatch(tokens: number): void;
  /** Returns one logit index per entry of `logitIndexes`. */
  addToBatch(sequence: number, position: number, tokens: Uint32Array, logitIndexes: Uint32Array): Uint32Array;
  /** Runs on a thread of its own: the event loop goes on. */
  decodeBatch(): Promise<void>;
  sampleToken(logitIndex: number, sampler: NativeSampler): Promise<number>;
  sampleToken(
    logitIndex: number,
    sampler: NativeSampler,
    probabilities: true,
  ): Promise<readonly [token: number, sortedPairs: readonly number[]]>;
  removeTokenCellsFromSequence(sequence: number, from: number, to: number): boolean;
  disposeSequence(sequence: number): void;
  dispose(): Promise<void>;
}

export interface NativeSampler {
  applyConfig(config: SamplerConfig): void;
  dispose(): void;
}

interface NativeGrammarState {
  readonly grammarState: never;
}

/** Keys that do not apply must be absent: the addon throws on `undefined`. Temperature 0 or absent is greedy. */
export interface SamplerConfig {
  temperature?: number;
  topP?: number;
  topK?: number;
  minP?: number;
  seed?: number;
  repeatPenalty?: number;
  repeatPenaltyTokens?: Uint32Array;
  repeatPenaltyMaxTokens?: number;
  tokenBiasKeys?: Uint32Array;
  tokenBiasValues?: Float32Array;
  grammarEvaluationState?: NativeGrammarState;
}

interface ContextOptions {
  /** All sequences together; each may hold its own share only, a multiple of 256. */
  readonly contextSize: number;
  readonly batchSize: number;
  readonly sequences: number;
  readonly threads: number;
}

export interface Llama {
  loadModel(file: string): Promise<NativeModel>;
  createContext(model: NativeModel, options: ContextOptions): Promise<NativeContext>;
  createSampler(model: NativeModel): NativeSampler;
  /** Throws when the text is not a grammar. Every generation needs a state of its own. */
  createGrammarState(model: NativeModel, gbnf: string): NativeGrammarState;
  /** Throws when the template is broken; `render` throws when the template refuses the input. */
  compileTemplate(template: string): { render(variables: Readonly<Record<string, unknown>>): string };
  /** Instruction sets the binary uses, for the log. */
  readonly systemInfo: string;
}

interface Bindings {
  readonly AddonModel: new (file: string, options: object) => NativeModel;
  readonly AddonContext: new (model: NativeModel, options: object) => NativeContext;
  readonly AddonSampler: new (model: NativeModel) => NativeSampler;
  readonly AddonGrammar: new (gbnf: string, options: object) => object;
  readonly AddonGrammarEvaluationState: new (model: NativeModel, grammar: object) => NativeGrammarState;
  readonly AddonJinjaRenderer: new (template: string) => { render(variables: object): string };
  markLoaded(): boolean;
  setLogger(logger: (level: number, message: string) => void): void;
  setLoggerLogLevel(level: number): void;
  loadBackends(directory?: string): void;
  getGpuType(): string | false | null | undefined;
  systemInfo(): string;
  init(): Promise<void>;
}

/** Loads the binary of this platform once per process; `onMessage` gets warnings and errors of llama.cpp. */
export function loadLlama(onMessage: (message: string) => void): Promise<Llama> {
  loaded ??= load(onMessage);
  return loaded;
}

let loaded: Promise<Llama> | null = null;

/** llama.cpp's level 2 is "warning"; chattier lines are dropped. */
const warnings = 2;

async function load(onMessage: (message: string) => void): Promise<Llama> {
  const bindings = await openBindings();
  bindings.markLoaded();
  bindings.setLogger((_level, message) => {
    if (message.trim() !== '') onMessage(message.trim());
  });
  bindings.setLoggerLogLevel(warnings);
  bindings.loadBackends();
  if (bindings.getGpuType() == null) bindings.loadBackends(await binaryDirectory());
  await bindings.init();
  return {
    loadModel: async (file) => {
      const model = new bindings.AddonModel(file, { addonExports: bindings, gpuLayers: 0, useMmap: true });
      if (!(await model.init())) throw new Error(`llama.cpp cannot load ${file}`);
      return model;
    },
    createContext: async (model, options) => {
      const context = new bindings.AddonContext(model, { ...options, flashAttention: true });
      if (!(await context.init())) throw new Error('llama.cpp cannot create a context of this size');
      return context;
    },
    createSampler: (model) => new bindings.AddonSampler(model),
    createGrammarState: (model, gbnf) => {
      const grammar = new bindings.AddonGrammar(gbnf, { addonExports: bindings, rootRuleName: 'root' });
      return new bindings.AddonGrammarEvaluationState(model, grammar);
    },
    compileTemplate: (template) => new bindings.AddonJinjaRenderer(template),
    systemInfo: bindings.systemInfo(),
  };
}

async function openBindings(): Promise<Bindings> {
  const file = path.join(await binaryDirectory(), 'llama-addon.node');
  return createRequire(import.meta.url)(file) as Bindings;
}

async function binaryDirectory(): Promise<string> {
  const name = platformName();
  const module = (await import(`@node-llama-cpp/${name}`).catch((cause: unknown) => {
    throw new Error(
      `no llama.cpp binary for ${process.platform}-${process.arch} (package @node-llama-cpp/${name} is not installed) — ` +
        'the CPU engine runs on Linux (glibc), macOS and Windows, on x64 and arm64; reinstall with optional dependencies',
      { cause },
    );
  })) as { getBinsDir(): { binsDir: string } };
  return path.join(module.getBinsDir().binsDir, name);
}

function platformName(): string {
  const { platform, arch } = process;
  if (platform === 'darwin') return arch === 'arm64' ? 'mac-arm64-metal' : 'mac-x64';
  return `${platform === 'win32' ? 'win' : platform}-${arch}`;
}

/**
 * Every flag of `vllm serve` this engine knows, with what it does about it. `used` flags have their effect; `ignored`
 * ones concern hardware or tuning this engine does not have and are named once in the log; `only` ones are accepted
 * with the listed values, which are what this engine does anyway; `refused` ones would change answers or routing in a
 * way that is not built.
 */
type FlagEffect =
  | { readonly type: 'used' }
  | { readonly type: 'ignored' }
  | { readonly type: 'only'; readonly values: readonly string[]; readonly reason: string }
  | { readonly type: 'refused'; readonly reason: string };

/** `value` takes one argument, `list` all up to the next flag, `switch` none. */
type FlagArity = 'value' | 'list' | 'switch';

export interface Flag {
  readonly name: string;
  readonly arity: FlagArity;
  readonly effect: FlagEffect;
}

const oneProcess = 'the CPU engine is one process on one machine';
const noAdapters = 'LoRA adapters are not supported by the CPU engine';
const noTools = 'tool calls and reasoning parsers are not supported by the CPU engine';

export const flags: ReadonlyMap<string, Flag> = new Map(
  [
    ...used('value', [
      'model',
      'host',
      'port',
      'max-model-len',
      'max-num-seqs',
      'max-num-batched-tokens',
      'max-logprobs',
      'block-size',
      'ssl-certfile',
      'ssl-keyfile',
      'ssl-ca-certs',
      'ssl-cert-reqs',
      'seed',
      'generation-config',
      'override-generation-config',
      'root-path',
      'shutdown-timeout',
      'chat-template',
      'response-role',
      'uvicorn-log-level',
      'disable-access-log-for-endpoints',
      'threads',
    ]),
    ...used('list', ['served-model-name', 'api-key']),
    ...used('switch', [
      'enable-prefix-caching',
      'no-enable-prefix-caching',
      'enable-ssl-refresh',
      'disable-uvicorn-access-log',
      'disable-log-requests',
      'enable-log-requests',
      'no-enable-log-requests',
    ]),
    ...ignored('value', [
      'dtype',
      'gpu-memory-utilization',
      'quantization',
      'load-format',
      'download-dir',
      'revision',
      'tokenizer-revision',
      'code-revision',
      'hf-token',
      'config-format',
      'swap-space',
      'cpu-offload-gb',
      'num-gpu-blocks-override',
      'kv-cache-memory-bytes',
      'prefix-caching-hash-algo',
      'compilation-config',
      'max-seq-len-to-capture',
      'max-num-partial-prefills',
      'max-long-partial-prefills',
      'long-prefill-token-threshold',
      'api-server-count',
      'attention-backend',
      'all2all-backend',
      'expert-placement-strategy',
      'distributed-executor-backend',
      'data-parallel-address',
      'data-parallel-rpc-port',
      'data-parallel-backend',
      'master-addr',
      'master-port',
      'limit-mm-per-prompt',
      'mm-processor-cache-gb',
      'max-parallel-loading-workers',
      'max-log-len',
      'h11-max-incomplete-event-size',
      'h11-max-header-count',
      'device',
      'stream-interval',
      'optimization-level',
    ]),
    ...ignored('switch', [
      'trust-remote-code',
      'enforce-eager',
      'no-enforce-eager',
      'enable-chunked-prefill',
      'no-enable-chunked-prefill',
      'disable-log-stats',
      'disable-custom-all-reduce',
      'enable-prompt-tokens-details',
      'enable-request-id-headers',
      'enable-server-load-tracking',
      'disable-fastapi-docs',
      'async-scheduling',
      'no-async-scheduling',
      'disable-cascade-attn',
      'calculate-kv-scales',
      'enable-expert-parallel',
      'enable-eplb',
      'enable-dbo',
      'disable-frontend-multiprocessing',
      'enable-force-include-usage',
    ]),
    ...only(['1'], oneProcess, [
      'tensor-parallel-size',
      'pipeline-parallel-size',
      'data-parallel-size',
      'data-parallel-size-local',
      'prefill-context-parallel-size',
      'decode-context-parallel-size',
      'nnodes',
    ]),
    ...only(['0'], oneProcess, ['data-parallel-rank', 'data-parallel-start-rank', 'node-rank']),
    ...only(['fcfs'], 'requests are served in order of arrival', ['scheduling-policy']),
    ...only(['auto', 'generate'], 'the CPU engine generates text', ['runner', 'task']),
    ...only(['auto', 'none'], 'the CPU engine converts no model', ['convert']),
    ...only(['auto', 'f16', 'float16'], 'the KV cache of the CPU engine is float16', ['kv-cache-dtype']),
    ...only(['auto', 'string', 'openai'], 'content parts are joined to one string', [
      'chat-template-content-format',
    ]),
    ...only(['auto'], 'the tokenizer comes with the GGUF file', ['tokenizer-mode']),
    ...refused('value', 'the tokenizer comes with the GGUF file', [
      'tokenizer',
      'hf-config-path',
      'hf-overrides',
    ]),
    ...refused('switch', oneProcess, ['headless', 'data-parallel-hybrid-lb', 'data-parallel-external-lb']),
    ...refused('value', 'KV transfer and events are not supported by the CPU engine', [
      'kv-transfer-config',
      'kv-events-config',
      'ec-transfer-config',
      'kv-offloading-size',
      'kv-offloading-backend',
    ]),
    ...refused('switch', noAdapters, ['enable-lora']),
    ...refused('list', noAdapters, ['lora-modules']),
    ...refused('value', noAdapters, ['max-loras', 'max-lora-rank', 'max-cpu-loras', 'lora-extra-vocab-size']),
    ...refused('value', noTools, ['tool-call-parser', 'reasoning-parser', 'tool-parser-plugin']),
    ...refused('switch', noTools, ['enable-auto-tool-choice', 'exclude-tools-when-tool-choice-none']),
    ...refused('value', 'speculative decoding is not supported by the CPU engine', ['speculative-config']),
    ...refused('value', 'traces are not supported by the CPU engine', [
      'otlp-traces-endpoint',
      'collect-detailed-traces',
    ]),
    ...refused('switch', 'sleep mode is not supported by the CPU engine', ['enable-sleep-mode']),
    ...refused('switch', 'tokenizer_info is not supported by the CPU engine', [
      'enable-tokenizer-info-endpoint',
    ]),
    ...refused('value', 'give the flags on the command line', ['config']),
    ...refused('value', 'put a gateway in front for cross-origin requests', [
      'allowed-origins',
      'allowed-methods',
      'allowed-headers',
    ]),
    ...refused('switch', 'put a gateway in front for cross-origin requests', ['allow-credentials']),
    ...refused('value', 'serve on a port instead', ['uds']),
    ...refused('list', 'the CPU engine loads no middleware', ['middleware']),
    ...refused('list', 'the CPU engine loads no plugins', ['logits-processors']),
    ...refused('value', 'the CPU engine loads no plugins', [
      'logits-processor-pattern',
      'io-processor-plugin',
    ]),
  ].map((flag) => [flag.name, flag]),
);

/** Short spellings of argparse. */
export const shortFlags: Readonly<Record<string, string>> = {
  '-tp': 'tensor-parallel-size',
  '-pp': 'pipeline-parallel-size',
  '-dp': 'data-parallel-size',
  '-q': 'quantization',
  '-O': 'compilation-config',
};

function used(arity: FlagArity, names: readonly string[]): Flag[] {
  return names.map((name) => ({ name, arity, effect: { type: 'used' } }));
}
function ignored(arity: FlagArity, names: readonly string[]): Flag[] {
  return names.map((name) => ({ name, arity, effect: { type: 'ignored' } }));
}
function only(values: readonly string[], reason: string, names: readonly string[]): Flag[] {
  return names.map((name) => ({ name, arity: 'value', effect: { type: 'only', values, reason } }));
}
function refused(arity: FlagArity, reason: string, names: readonly string[]): Flag[] {
  return names.map((name) => ({ name, arity, effect: { type: 'refused', reason } }));
}

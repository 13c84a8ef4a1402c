// Puts the real components of the end-to-end suites into the cache, once per version:
// etcd, the control plane (API server, controller manager, scheduler) and kubectl built from Go modules, and the weights
// of the quickstart's model.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const cache =
  process.env.WEIR_CACHE || path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'weir');
const shared = process.env.WEIR_SHARED || path.join(path.dirname(root), 'shared');
const kubernetes = path.join(cache, 'kube-1.34.2');
const models = path.join(cache, 'models');
const weights = path.join(models, 'smollm2');

const run = (command, argv, env = {}) =>
  execFileSync(command, argv, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });

mkdirSync(models, { recursive: true });

const builder = path.join(shared, 'conformance', 'kube', 'build.sh');
if (existsSync(builder)) run('sh', [builder, kubernetes, '--all']);
else console.log(`${builder} does not exist: the control plane is not built`);

if (existsSync(path.join(weights, 'model.gguf'))) console.log('model weights: present');
else {
  run(
    process.execPath,
    ['packages/cli/bin/weir.mjs', 'storage-initializer', 'hf://HuggingFaceTB/SmolLM2-135M-Instruct', weights],
    {
      WEIR_MODEL_CACHE: path.join(cache, 'model-cache'),
    },
  );
}

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateMergeKeys } from './generate/merge-keys.ts';
import { generateTypes } from './generate/types.ts';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

mkdirSync(path.join(root, 'packages/api/src/gen'), { recursive: true });
generateTypes(path.join(root, 'packages/api/src/gen/kubernetes.ts'));
generateMergeKeys(path.join(root, 'packages/api/src/gen/merge-keys.json'));

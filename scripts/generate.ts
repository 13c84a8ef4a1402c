import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateCrds } from './generate/crds.ts';
import { generateMergeKeys } from './generate/merge-keys.ts';
import { generateMovedCrds } from './generate/moved-crds.ts';
import { generateOpenApi } from './generate/openapi.ts';
import { generateProtobuf } from './generate/protobuf.ts';
import { generateServingCrds } from './generate/serving-crds.ts';
import { generateTypes } from './generate/types.ts';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

mkdirSync(path.join(root, 'packages/api/src/gen'), { recursive: true });
generateTypes(path.join(root, 'packages/api/src/gen/kubernetes.ts'));
generateMergeKeys(path.join(root, 'packages/api/src/gen/merge-keys.json'));
generateOpenApi(path.join(root, 'packages/cluster/src/gen/openapi'));
generateCrds(path.join(root, 'config/crd/gen'));
generateMovedCrds(path.join(root, 'config/crd/gen'));
generateServingCrds(path.join(root, 'config/crd/gen'));
generateProtobuf(path.join(root, 'packages/cluster/src/gen/protobuf.json'));

// `npm run build`: the bundle that an installed package ships.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleCli } from './bundle.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
await bundleCli(root, Date.now());

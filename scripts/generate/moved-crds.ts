import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

interface Crd {
  readonly metadata: object;
  readonly spec: { readonly group: string };
}

const newGroup = 'llm-d.ai';
const oldGroup = 'inference.networking.x-k8s.io';
/** Kinds that moved to llm-d with their schema. The Inference Extension still ships them under their old group. */
const plurals = ['inferencemodelrewrites', 'inferenceobjectives'];

/** Writes the CRDs of llm-d's group. Reads those of the old group, which are written before. */
export function generateMovedCrds(target: string): void {
  for (const plural of plurals) {
    const crd = JSON.parse(readFileSync(path.join(target, `${oldGroup}_${plural}.json`), 'utf8')) as Crd;
    const moved = {
      ...crd,
      metadata: {
        name: `${plural}.${newGroup}`,
        annotations: {
          'weir.dev/generated-by': `npm run generate (scripts/generate/moved-crds.ts) from ${plural}.${oldGroup}`,
        },
      },
      spec: { ...crd.spec, group: newGroup },
    };
    writeFileSync(path.join(target, `${newGroup}_${plural}.json`), `${JSON.stringify(moved)}\n`);
  }
}

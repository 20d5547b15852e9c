/**
 * Makes a model that lives in this folder from the best checkpoint of a run: weights in float16, how it infers as
 * configs/NAME.ts says now, and its figures in the metadata.
 *
 *     npx tsx models/bundle.ts nuclei runs/nuclei '{"segm AP": 0.5}'
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decodeModelFile, encodeModelFile } from '../src/models/model-file.ts'
import { writeFileAtomic } from '../src/node/files.ts'
import { resolveConfig } from '../src/train/config.ts'
import { architectureOf } from '../src/train/config-model.ts'

const [name, run, figures] = process.argv.slice(2)
if (!figures) throw new Error('usage: npx tsx models/bundle.ts NAME RUN-FOLDER FIGURES-JSON')

const file = `configs/${name}.ts`
const config = resolveConfig((await import(`../${file}`)).config, { where: file })
const { metadata, weights } = decodeModelFile(readFileSync(join(run, 'checkpoints/best.safetensors')))
const bundled = encodeModelFile(
  {
    metadata: {
      ...metadata,
      architecture: architectureOf(config.model, metadata.categories.length),
      ...(config.licence !== null && { licence: config.licence }),
      ...(config.source !== null && { source: config.source }),
      figures: JSON.parse(figures),
    },
    weights,
  },
  { float16: true },
)
await writeFileAtomic(fileURLToPath(new URL(`${name}.safetensors`, import.meta.url)), bundled)

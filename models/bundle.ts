/**
 * Makes a model that lives in this folder from the best checkpoint of a run: weights in float16, and what the model is
 * in its metadata.
 *
 *     npx tsx models/bundle.ts nuclei runs/nuclei '{"segm AP": 0.5}'
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decodeModelFile, encodeModelFile } from '../src/models/model-file.ts'
import { writeFileAtomic } from '../src/node/files.ts'

const [name, run, figures] = process.argv.slice(2)
if (!figures) throw new Error('usage: npx tsx models/bundle.ts NAME RUN-FOLDER FIGURES-JSON')

const { metadata, weights } = decodeModelFile(readFileSync(join(run, 'checkpoints/best.safetensors')))
const bundled = encodeModelFile(
  {
    metadata: {
      ...metadata,
      licence: 'CC0-1.0',
      source:
        'Trained from scratch on the stage 1 training images of the 2018 Data Science Bowl (CC0); see the card.',
      figures: JSON.parse(figures),
    },
    weights,
  },
  { float16: true },
)
await writeFileAtomic(fileURLToPath(new URL(`${name}.safetensors`, import.meta.url)), bundled)

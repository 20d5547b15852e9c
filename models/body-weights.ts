/**
 * Makes the weights of a body that come with the package from a classifier that others trained: without the layers that only
 * classify, in float16 but for statistics, with where they are from in the metadata.
 *
 *     npx tsx models/body-weights.ts efficientnet-lite0-57934424.pth efficientnet_lite0
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bodyWeights } from '../src/models/body-weights.ts'
import { encodeBodyFile } from '../src/models/model-file.ts'
import { writeFileAtomic } from '../src/node/files.ts'
import { openWeights } from '../src/node/weights-files.ts'

/** What only the classifier needs, by the names of EfficientNets in PyTorch. */
const CLASSIFIER = /^_(conv_head|bn1|fc)\./

const [source, name] = process.argv.slice(2)
if (!name) throw new Error('usage: npx tsx models/body-weights.ts SOURCE BODY')

const file = await openWeights(source)
const ofBody = new Map([...file.tensors].filter(([key]) => !CLASSIFIER.test(key)))
const { tensors } = await bodyWeights({ ...file, tensors: ofBody }, name)
await file.close()
const sha256 = createHash('sha256').update(readFileSync(source)).digest('hex')
const about = { licence: 'Apache-2.0', source: basename(source), 'source sha256': sha256 }
const folder = new URL('bodies/', import.meta.url)
mkdirSync(folder, { recursive: true })
await writeFileAtomic(
  fileURLToPath(new URL(`${name}.safetensors`, folder)),
  encodeBodyFile(name, tensors, { float16: true, about }),
)

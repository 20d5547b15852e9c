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
import { type BodyConfig, bodyOf } from '../src/models/bodies/bodies.ts'
import { FROZEN_BATCH_NORM } from '../src/nn/norm.ts'
import { asInputs, rootScope } from '../src/nn/scope.ts'
import { writeFileAtomic } from '../src/node/files.ts'
import { openWeights } from '../src/node/weights-files.ts'
import { type Tensor, tensor } from '../src/tensor/tensor.ts'
import { toHalf } from '../src/weights/half-weights.ts'
import { encodeSafetensors } from '../src/weights/safetensors.ts'

const [source, name] = process.argv.slice(2)
if (!name) throw new Error('usage: npx tsx models/body-weights.ts SOURCE BODY')

const wanted = asInputs()
const body = bodyOf({ name, norm: FROZEN_BATCH_NORM } as BodyConfig)
for (const stage of body.strides.keys()) body.stage(rootScope(wanted.resolve, 'running'), stage)

const file = await openWeights(source)
const stored = new Map<string, Tensor>()
for (const key of wanted.specs.keys()) {
  const found = file.tensors.get(key)
  if (!found) throw new Error(`${source} has no ${key}`)
  const { shape, data } = await found.read()
  const value = tensor('float32', shape, Float32Array.from(data as Float32Array))
  stored.set(key, /\.running_(mean|var)$/.test(key) ? value : toHalf(key, value))
}
await file.close()
const sha256 = createHash('sha256').update(readFileSync(source)).digest('hex')
const metadata = { body: name, licence: 'Apache-2.0', source: basename(source), 'source sha256': sha256 }
const folder = new URL('bodies/', import.meta.url)
mkdirSync(folder, { recursive: true })
await writeFileAtomic(
  fileURLToPath(new URL(`${name}.safetensors`, folder)),
  encodeSafetensors(stored, metadata),
)

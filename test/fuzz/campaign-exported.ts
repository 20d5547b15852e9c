/** Damaged exported files: their bytes, and what they say of the model and of themselves. */
import { limitsOf } from '../../src/models/catalogue.ts'
import { exportModel } from '../../src/models/exported-model.ts'
import { decodeModelFile } from '../../src/models/model-file.ts'
import { runnableModel } from '../../src/models/runnable-model.ts'
import { createSession } from '../../src/node/session.ts'
import { decodeModel } from '../../src/onnx/decode.ts'
import { encodeModel } from '../../src/onnx/encode.ts'
import { type Random, random } from '../../src/tensor/random.ts'
import { thinModelFile } from '../thin-model.ts'
import { type Subject, Unsound } from './campaign-subject.ts'
import { damageAnyBytes, damageBytes, damageValues } from './mutations.ts'

const { bytes: whole } = await exportModel(decodeModelFile(thinModelFile()), createSession)
const model = decodeModel(whole)

/** Reads the file, as loading a model does before a session is made. */
export const exported: Subject = {
  name: 'exported files',
  attempt: async (seed) => {
    const source = random(seed)
    const file = DAMAGES[seed % DAMAGES.length](source)
    const { metadata, architecture } = runnableModel(file, 'damaged.onnx')
    const { detections } = limitsOf(architecture)
    if (!(detections >= 1)) throw new Unsound(`${detections} detections`)
    if (metadata.categories.length !== architecture.numClasses - 1) throw new Unsound('classes without names')
  },
}

const DAMAGES: readonly ((source: Random) => Uint8Array)[] = [
  // A property of the metadata, by value and by byte; one that is missing, or there twice.
  (source) => withProperty(source, (text) => damageValues(JSON.parse(text), source)),
  (source) => withProperty(source, (text) => new TextDecoder().decode(damageBytes(text, source))),
  (source) => withProperty(source, () => ['', 'null', '[]', '{"raw":true}', '9'][source.integer(5)]),
  (source) => {
    const kept = model.metadataProps.filter(() => source.integer(2) === 0)
    return encodeModel({ ...model, metadataProps: [...kept, ...kept] })
  },
  // Bytes of the end, where the metadata lies, and of anywhere.
  (source) => {
    const end = whole.length - 4000
    const file = new Uint8Array(whole)
    file.set(damageAnyBytes(whole.subarray(end), source).subarray(0, 4000), end)
    return file
  },
  (source) => damageAnyBytes(whole, source),
  // A file cut short, or with a flipped bit anywhere.
  (source) => whole.subarray(0, source.integer(whole.length)),
  (source) => {
    const file = whole.slice()
    file[source.integer(whole.length)] ^= 1 << source.integer(8)
    return file
  },
]

function withProperty(source: Random, change: (text: string) => string): Uint8Array {
  const at = source.integer(model.metadataProps.length)
  const changed = model.metadataProps.map(({ key, value }, i) => ({
    key,
    value: i === at ? change(value) : value,
  }))
  return encodeModel({ ...model, metadataProps: changed })
}

/** Damaged model files: their headers, their bytes, and what they say of the model. */
import { buildModel } from '../../src/models/catalogue.ts'
import { inferenceModel } from '../../src/models/inference-graph.ts'
import { decodeModelFile } from '../../src/models/model-file.ts'
import { type Random, random } from '../../src/tensor/random.ts'
import { thinModelFile } from '../thin-model.ts'
import { type Subject, Unsound } from './campaign-subject.ts'
import { damageBytes, damageValues } from './mutations.ts'

const whole = thinModelFile()
const headerBytes = Number(new DataView(whole.buffer).getBigUint64(0, true))
const headerText = new TextDecoder().decode(whole.subarray(8, 8 + headerBytes))
const data = whole.subarray(8 + headerBytes)

type Header = Record<string, { data_offsets: number[]; shape: number[]; dtype: string }>

/** Reads the file and builds the graph of it, as loading a model does before a session is made. */
export const models: Subject = {
  name: 'model files',
  attempt: async (seed) => {
    const source = random(seed)
    const file = DAMAGES[seed % DAMAGES.length](source)
    const { metadata, weights } = decodeModelFile(file, 'damaged.safetensors')
    for (const [name, { data: values }] of weights) {
      if (!values.every(Number.isFinite)) throw new Unsound(`${name} is not finite`)
    }
    const onnx = inferenceModel(buildModel(metadata.architecture), weights)
    if (onnx.length > 100 * whole.length) throw new Unsound(`${onnx.length} bytes of graph`)
  },
}

const DAMAGES: readonly ((source: Random) => Uint8Array)[] = [
  // Bytes of the header.
  (source) => withHeader(damageBytes(headerText, source)),
  // Values of the header: offsets, shapes, dtypes.
  (source) => withHeader(encoded(damageValues(JSON.parse(headerText), source))),
  // What it says of the model.
  (source) => withMetadata((text) => damageValues(JSON.parse(text), source)),
  (source) => withMetadata((text) => extreme(text, source)),
  (source) => withMetadata((text) => new TextDecoder().decode(damageBytes(text, source))),
  // Offsets that overlap, leave holes or run over.
  (source) => {
    const header: Header = JSON.parse(headerText)
    const names = Object.keys(header).filter((name) => name !== '__metadata__')
    const entry = header[names[source.integer(names.length)]]
    const by = [4, -4, 1, 2 ** 31, 2 ** 53, -(2 ** 40), 0.5][source.integer(7)]
    const side = source.integer(3)
    if (side < 2) entry.data_offsets[side] += by
    else entry.data_offsets = header[names[source.integer(names.length)]].data_offsets
    return withHeader(encoded(JSON.stringify(header)))
  },
  // The length of the header.
  (source) => {
    const file = whole.slice()
    const lengths = [0n, 1n, 2n, 7n, BigInt(headerBytes - 1), BigInt(headerBytes + 8), 99_999_999n, 2n ** 63n]
    new DataView(file.buffer).setBigUint64(0, [...lengths, 2n ** 64n - 1n][source.integer(9)], true)
    return file
  },
  // A file cut short, longer, or with a flipped bit anywhere.
  (source) => {
    const at = source.integer(whole.length)
    const file = whole.slice()
    file[at] ^= 1 << source.integer(8)
    return [whole.slice(0, at), withHeader(encoded(headerText), new Uint8Array(at)), file][source.integer(3)]
  },
  // Elements that are no numbers.
  (source) => {
    const file = whole.slice()
    const floats = new DataView(file.buffer, 8 + headerBytes)
    const at = 4 * source.integer(data.length >> 2)
    const value = [Number.NaN, Number.POSITIVE_INFINITY, -1e38, 3e38, 1e-45][source.integer(5)]
    floats.setFloat32(at, value, true)
    return file
  },
  // Deep nesting, and names that objects have anyway.
  (source) => {
    const depth = [10, 5000, 200_000][source.integer(3)]
    const deep = '['.repeat(depth) + ']'.repeat(depth)
    const key = ['__proto__', 'constructor', 'a', '__metadata__', 'toString'][source.integer(5)]
    const member = `${JSON.stringify(key)}:${source.integer(2) ? deep : '{"dtype":"F32","shape":[],"data_offsets":[0,4]}'}`
    const into = (text: string) => `{${member},${text.slice(1)}`
    return source.integer(2) ? withHeader(encoded(into(headerText))) : withMetadata(into)
  },
]

const encoded = (text: string) => new TextEncoder().encode(text)

function withHeader(header: Uint8Array, content: Uint8Array = data): Uint8Array {
  const file = new Uint8Array(8 + header.length + content.length)
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true)
  file.set(header, 8)
  file.set(content, 8 + header.length)
  return file
}

function withMetadata(change: (text: string) => string): Uint8Array {
  const header = JSON.parse(headerText)
  header.__metadata__.maskwright = change(header.__metadata__.maskwright)
  return withHeader(encoded(JSON.stringify(header)))
}

const EXTREMES = [-1, 0, 0.5, 17, 100, 5000, 1e5, 1e8, 1e9, 2 ** 31, 2 ** 53, 1e300]

/** One number of the architecture, in both places where it stands, becomes negative, huge or broken. */
function extreme(text: string, source: Random): string {
  const metadata = JSON.parse(text)
  const places: [Record<string, unknown>, string][] = []
  const walk = (holder: Record<string, unknown>) => {
    for (const [key, value] of Object.entries(holder)) {
      if (typeof value === 'number') places.push([holder, key])
      else if (typeof value === 'object' && value) walk(value as Record<string, unknown>)
    }
  }
  walk(metadata.architecture)
  const [holder, key] = places[source.integer(places.length)]
  holder[key] = EXTREMES[source.integer(EXTREMES.length)]
  const side = () => EXTREMES[source.integer(EXTREMES.length)]
  if (source.integer(5) === 0)
    metadata.architecture.transform.resize = { kind: 'fixed', height: side(), width: side() }
  metadata.preprocessing = metadata.architecture.transform
  return JSON.stringify(metadata)
}

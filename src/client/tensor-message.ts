/** Tensors as bytes after the JSON that tells of them: the protocol's extension for binary tensor data. */
import { DataError } from '../errors.ts'
import { ARRAYS, type Dtype } from '../tensor/dtype.ts'
import { elementCount } from '../tensor/shape.ts'
import { type Tensor, tensor } from '../tensor/tensor.ts'
import { DATATYPES, type TensorMessage, tensorMessage } from './tensor-protocol.ts'

/** A request for `outputs` of a model, or for all of them. */
export function encodeTensors(
  inputs: Readonly<Record<string, Tensor>>,
  outputs?: readonly string[],
): TensorMessage {
  const told = {
    parameters: { binary_data_output: true },
    inputs: Object.entries(inputs).map(([name, { dtype, shape, data }]) => ({
      ...{ name, shape, datatype: DATATYPES[dtype] },
      parameters: { binary_data_size: data.byteLength },
    })),
    ...(outputs && { outputs: outputs.map((name) => ({ name, parameters: { binary_data: true } })) }),
  }
  return tensorMessage(told, Object.values(inputs))
}

/** Tensors of an answer, all of them bytes. Throws `DataError` where it is not what the protocol has. */
export function decodeTensors(body: Uint8Array, headerLength: number): Record<string, Tensor> {
  const outputs = outputsOf(body, headerLength)
  const tensors: Record<string, Tensor> = {}
  let offset = headerLength
  for (const { name, datatype, shape, parameters } of outputs) {
    const dtype = (Object.keys(DATATYPES) as Dtype[]).find((key) => DATATYPES[key] === datatype)
    const size = parameters?.binary_data_size
    if (dtype === undefined || size !== elementCount(shape) * ARRAYS[dtype].BYTES_PER_ELEMENT) {
      throw new DataError('the tensor is not what it is said to be', {
        where: name,
        expected: `bytes of [${shape.join(', ')}]`,
        got: `${size} of ${datatype}`,
      })
    }
    if (offset + size > body.length) throw broken(`${body.length} bytes`)
    // Copied: numbers have to lie at a multiple of their size.
    const bytes = Uint8Array.from(body.subarray(offset, offset + size))
    tensors[name] = tensor(dtype, shape, new ARRAYS[dtype](bytes.buffer, 0, elementCount(shape)))
    offset += size
  }
  return tensors
}

interface ToldOutput {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly parameters?: { readonly binary_data_size?: number }
}

function outputsOf(body: Uint8Array, headerLength: number): readonly ToldOutput[] {
  try {
    const { outputs } = JSON.parse(new TextDecoder().decode(body.subarray(0, headerLength)))
    const isTold = ({ name, datatype, shape }: ToldOutput) =>
      typeof name === 'string' && typeof datatype === 'string' && Array.isArray(shape)
    if (Array.isArray(outputs) && outputs.every(isTold)) return outputs
  } catch {
    // Told below.
  }
  throw broken('something else')
}

function broken(got: string): DataError {
  return new DataError('the answer is broken', { expected: 'an inference response', got })
}

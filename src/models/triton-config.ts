import { GraphError } from '../errors.ts'
import type { Port } from '../runtime/session.ts'
import type { Dtype } from '../tensor/dtype.ts'

/** Triton's names of the types that exported files take and give. */
const TYPES: Readonly<Partial<Record<Dtype, string>>> = {
  uint8: 'TYPE_UINT8',
  float32: 'TYPE_FP32',
  int64: 'TYPE_INT64',
  bool: 'TYPE_BOOL',
}

/**
 * The `config.pbtxt` of an exported file for NVIDIA's Triton Inference Server: what goes in and out, and where it runs. The server
 * does not batch requests: images differ in size, and so do the numbers of what is found in them.
 */
export function tritonConfig(
  name: string,
  { inputs, outputs }: { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] },
): string {
  return [
    `name: ${JSON.stringify(name)}`,
    'backend: "onnxruntime"',
    '# Requests are not joined to batches: images differ in size. Files of --batch take several in one request.',
    'max_batch_size: 0',
    `input [\n${inputs.map(portText).join(',\n')}\n]`,
    `output [\n${outputs.map(portText).join(',\n')}\n]`,
    '# As many requests at once as there are instances, each with memory of its own. KIND_AUTO: a GPU where there is one.',
    'instance_group [ { count: 1, kind: KIND_AUTO } ]',
    '',
  ].join('\n')
}

function portText({ name, dtype, shape }: Port): string {
  const type = TYPES[dtype]
  if (!type) throw new GraphError('Triton has no name for this type', { where: name, got: dtype })
  const dims = shape.map((dim) => (typeof dim === 'number' ? dim : -1)).join(', ')
  return `  { name: ${JSON.stringify(name)}, data_type: ${type}, dims: [ ${dims} ] }`
}

/** Opens the files of weights that are chosen, with nothing but `maskwright/web`; `weights.test.ts` chooses and reads the outcome. */
import { openWeights } from '../../src/web/weights-files.ts'

const chooser = document.createElement('input')
chooser.type = 'file'
chooser.multiple = true
chooser.onchange = async () => {
  const outcome = await told([...chooser.files!]).catch((error) => ({ refusal: `${error}` }))
  Object.assign(globalThis, { outcome })
}
document.body.append(chooser)

async function told(files: readonly File[]) {
  const weights = await openWeights(files)
  const tensors: [name: string, dtype: string, shape: readonly number[], bytes: number[]][] = []
  for (const { name, read } of weights.tensors.values()) {
    const { dtype, shape, data } = await read()
    tensors.push([name, dtype, shape, [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]])
  }
  return { format: weights.format, tensors }
}

import { describe, expect, it } from 'vitest'
import { memoryFiles } from '../../test/memory-files.ts'
import { float32 } from '../tensor/tensor.ts'
import { LAST_CHECKPOINT } from '../weights/checkpoint-files.ts'
import { encodeSafetensors } from '../weights/safetensors.ts'
import { checkpointWriter, loadCheckpoint, type Progress, saveCheckpoint } from './checkpoint.ts'

const state = new Map([['w', float32([1, 2], [2])]])
const progress: Progress = { step: 3, seed: 7, position: { epoch: 0, index: 6 } }

async function loading(content: Uint8Array): Promise<string> {
  const files = memoryFiles()
  await files.write(LAST_CHECKPOINT, content)
  return loadCheckpoint(files).then(
    () => 'loaded',
    (error: Error) => `${error.name}: ${error.message}`,
  )
}
const withProgress = (text: string) => encodeSafetensors(state, { 'maskwright-training': text })

describe('a checkpoint', () => {
  it('is read as it was written, but for a best figure that was none', async () => {
    const files = memoryFiles()
    await saveCheckpoint(files, state, { ...progress, best: { figure: 0, step: 2 } })
    expect(await loadCheckpoint(files)).toEqual({
      tensors: state,
      progress: { ...progress, best: { figure: 0, step: 2 } },
    })
    await saveCheckpoint(files, state, { ...progress, best: { figure: -1, step: 2 } })
    expect((await loadCheckpoint(files))!.progress).toEqual(progress)
  })

  it.each<[string, Uint8Array, string]>([
    ['is cut short', encodeSafetensors(state).subarray(0, 20), 'WeightError: checkpoints/last.safetensors: '],
    [
      'says nothing but its version',
      withProgress('{"formatVersion":1}'),
      'WeightError: checkpoints/last.safetensors: the progress of the run is incomplete; got step: ',
    ],
    [
      'says something else than progress',
      withProgress('null'),
      'WeightError: checkpoints/last.safetensors: the checkpoint was written by another version; expected format 1, got undefined',
    ],
    [
      'says it in no JSON',
      withProgress('{"formatVersion":1,'),
      'WeightError: checkpoints/last.safetensors: the progress of the run is not valid JSON. Start another run',
    ],
  ])('is refused where it %s', async (_, content, message) => {
    expect((await loading(content)).slice(0, message.length)).toBe(message)
  })
})

describe('the writer of checkpoints', () => {
  it('writes a step once, and again when its best figure changes', async () => {
    const written: string[] = []
    const writer = checkpointWriter(memoryFiles((name) => written.push(name)))
    expect(writer.savedStep()).toBe(undefined)
    await writer.save(progress, state)
    await writer.save(progress, state)
    expect(written).toHaveLength(1)
    await writer.save({ ...progress, best: { figure: 0.5, step: 3 } }, state)
    expect([written.length, writer.savedStep()]).toEqual([2, 3])
  })
})

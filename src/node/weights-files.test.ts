import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { folderOf } from '../../test/in-process.ts'
import { float32 } from '../tensor/tensor.ts'
import { encodeSafetensors } from '../weights/safetensors.ts'
import { openWeights } from './weights-files.ts'

const BYTES = encodeSafetensors(new Map([['a', float32([1, 2, 3])]]))

async function served(): Promise<string> {
  const server = createServer((_, response) => response.end(BYTES))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/w.safetensors`
}

it('opens paths, URLs, bytes and blobs alike', async () => {
  const file = path.join(folderOf({ 'w.safetensors': BYTES }), 'w.safetensors')
  const url = await served()
  const places = [
    file,
    pathToFileURL(file),
    String(pathToFileURL(file)),
    url,
    new URL(url),
    BYTES,
    new Blob([BYTES]),
  ]
  for (const place of places) {
    const { tensors, close } = await openWeights(place)
    expect((await tensors.get('a')!.read()).data, String(place)).toEqual(new Float32Array([1, 2, 3]))
    await close()
  }
})

it('names what bytes are of where they are damaged', async () => {
  await expect(openWeights(BYTES.subarray(0, 20))).rejects.toThrow(/^weights: /)
  await expect(openWeights(new File([BYTES.subarray(0, 20)], 'mine.pth'))).rejects.toThrow(/^mine\.pth: /)
})

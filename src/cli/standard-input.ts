import { DataError } from '../errors.ts'

/** What stands for standard input among the inputs of a command. */
export const STANDARD_INPUT = '-'

/** No image of a size that can be segmented is larger. */
const MAX_BYTES = 2 ** 30

let read: Promise<Uint8Array> | undefined

/**
 * All bytes of standard input, as often as they are asked for. Throws `DataError` where there are none, somebody would have to
 * type them, and beyond a gigabyte.
 */
export function readStandardInput(): Promise<Uint8Array> {
  read ??= readAll()
  return read
}

async function readAll(): Promise<Uint8Array> {
  if (process.stdin.isTTY) {
    throw new DataError('standard input is the keyboard; expected an image', {
      where: STANDARD_INPUT,
      hint: 'Pipe one in: cat cells.png | maskwright predict - --model nuclei',
    })
  }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > MAX_BYTES)
      throw new DataError('more than a gigabyte came on standard input', { where: STANDARD_INPUT })
    chunks.push(chunk)
  }
  if (length === 0) throw new DataError('nothing came; expected an image', { where: STANDARD_INPUT })
  return Buffer.concat(chunks, length)
}

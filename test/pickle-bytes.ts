/** Pickles put together by hand, operation by operation: those that no program writes. */
import { zipSync } from 'fflate'

type Part = string | readonly number[]

/** The bytes of a pickle of protocol 2 without its end: characters stand for themselves. */
export function pickleParts(...parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const bytes = parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : part))
  return Uint8Array.from(bytes)
}

export function pickleBytes(...parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  return pickleParts([0x80, 2], ...parts, '.')
}

/** BINUNICODE. */
export function text(value: string): number[] {
  const bytes = Buffer.from(value, 'utf8')
  return [0x58, ...u32(bytes.length), ...bytes]
}

/** BININT. */
export function int(value: number): number[] {
  return [0x4a, ...u32(value)]
}

/** A float32 array of NumPy with one axis, from the bytes of its numbers as BINBYTES; `pushed` stands for them where it is given. */
export function array(numbers: readonly number[], pushed?: Part): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Float32Array.from(numbers).buffer)
  return pickleParts(
    'cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n',
    [...int(0), 0x85, ...text('b'), ...'tR(K\x01'].flatMap((part) =>
      typeof part === 'number' ? part : part.charCodeAt(0),
    ),
    [...int(numbers.length), 0x85],
    'cnumpy\ndtype\n',
    [...text('f4'), 0x85],
    'R(K\x03',
    [...text('<')],
    'NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb',
    [0x89],
    pushed ?? [0x42, ...u32(bytes.length), ...bytes],
    'tb',
  )
}

/** A persistent id as `torch.save` has it in zip files, and the tensor of one axis on its storage. */
export function torchTensor(
  storage: string,
  key: string,
  count: number,
  shape = [count],
  strides = [1],
): number[] {
  const tuple = (values: readonly number[]) => [0x28, ...values.flatMap(int), 0x74]
  return [
    ...pickleParts(
      'ctorch._utils\n_rebuild_tensor_v2\n((',
      text('storage'),
      `ctorch\n${storage}\n`,
      text(key),
    ),
    ...pickleParts(text('cpu'), int(count), 'tQ', int(0), tuple(shape), tuple(strides), [0x89], 'NtR'),
  ]
}

/** A zip file as `torch.save` writes it: in one folder, stored as it is. */
export function storedZip(entries: Readonly<Record<string, string | Uint8Array>>): Uint8Array {
  const named = Object.entries(entries).map(([name, content]) => [
    `x/${name}`,
    typeof content === 'string' ? new TextEncoder().encode(content) : content,
  ])
  return zipSync(Object.fromEntries(named), { level: 0 })
}

function u32(value: number): number[] {
  return [...new Uint8Array(Uint32Array.of(value).buffer)]
}

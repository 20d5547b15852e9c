import { Buffer } from 'node:buffer'
import { expect, it } from 'vitest'
import { float32, int64 } from '../tensor/tensor.ts'
import { decodeRequest, encodeResponse } from './tensor-coding.ts'

const PORTS = {
  inputs: [
    { name: 'a', dtype: 'float32', shape: ['n'] },
    { name: 'b', dtype: 'int64', shape: [1] },
  ],
  outputs: [{ name: 'c', dtype: 'float32', shape: ['n'] }],
} as const

/** 1 and -2 as float32, then 258 as int64, by hand. */
const BYTES = [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 2, 1, 0, 0, 0, 0, 0, 0]
const binary = (name: string, datatype: string, shape: number[], size: number) => ({
  ...{ name, datatype, shape, parameters: { binary_data_size: size } },
})
const HEADER = JSON.stringify({ inputs: [binary('a', 'FP32', [2], 8), binary('b', 'INT64', [1], 8)] })
const body = (bytes: readonly number[]) => Buffer.concat([Buffer.from(HEADER), Buffer.from(bytes)])

it('reads tensors from bytes, one after the other, wherever they lie', () => {
  const { feeds, outputs } = decodeRequest(body(BYTES), HEADER.length, PORTS)
  expect([...feeds.a.data]).toEqual([1, -2])
  expect([...feeds.b.data]).toEqual([258n])
  expect(outputs).toEqual([{ name: 'c', isBinary: false }])
})

it.each([
  ['fewer bytes', BYTES.slice(0, 12), 'b: the tensor has another number of bytes'],
  ['more bytes', [...BYTES, 0], 'the body has bytes that are of no tensor'],
])('refuses %s', (_, bytes, told) => {
  expect(() => decodeRequest(body(bytes), HEADER.length, PORTS)).toThrow(told)
})

it('writes bytes after the JSON that tells of them', () => {
  const request = {
    id: 'x',
    feeds: {},
    outputs: [
      { name: 'n', isBinary: false },
      { name: 'c', isBinary: true },
    ],
  }
  const answer = encodeResponse({ name: 'm', version: '2' }, request, { n: int64([7]), c: float32([1, -2]) })
  const bytes = answer.body as Uint8Array
  expect([...bytes.subarray(answer.headerLength)]).toEqual(BYTES.slice(0, 8))
  expect(JSON.parse(new TextDecoder().decode(bytes.subarray(0, answer.headerLength)))).toEqual({
    ...{ model_name: 'm', model_version: '2', id: 'x' },
    outputs: [
      { name: 'n', datatype: 'INT64', shape: [1], data: [7] },
      { name: 'c', datatype: 'FP32', shape: [2], parameters: { binary_data_size: 8 } },
    ],
  })
})

it('does not write as JSON what JSON cannot say', () => {
  const request = { feeds: {}, outputs: [{ name: 'c', isBinary: false }] }
  expect(() => encodeResponse({ name: 'm', version: '2' }, request, { c: float32([Number.NaN]) })).toThrow(
    'binary_data',
  )
})

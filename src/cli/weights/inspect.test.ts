import { join } from 'node:path'
import { expect, it } from 'vitest'
import { command, folderOf } from '../../../test/in-process.ts'
import { thinModelFile } from '../../../test/thin-model.ts'
import { float32 } from '../../tensor/tensor.ts'
import { encodeSafetensors } from '../../weights/safetensors.ts'

const CHECKPOINT = join(import.meta.dirname, '../../../test/fixtures/weights/training.pth')

it('says what a checkpoint holds', async () => {
  const { code, stdout } = await command('weights', 'inspect', CHECKPOINT)
  expect(code).toBe(0)
  expect(stdout).toContain(`${CHECKPOINT}: pytorch zip, 2 tensors, 16 numbers, 64 B\n`)
  expect(stdout).toContain('Members: model, model_ema, optimizer\n')
  expect(stdout).toContain('\nMetadata: epoch: 3, optimizer: {')
  expect(stdout).toMatch(/\n {2}weight +\[4, 3\] +float32 +12 +48 B /)
})

it('has one document for programs, of another member', async () => {
  const { code, stdout } = await command('weights', 'inspect', CHECKPOINT, '--member', 'model_ema', '--json')
  expect(code).toBe(0)
  const { format, tensors, architectures } = JSON.parse(stdout)
  expect(format).toBe('pytorch zip')
  expect(architectures).toEqual([])
  expect(tensors).toMatchObject([
    { name: 'weight', dtype: 'float16', shape: [4, 3], bytes: 24, elements: 12, nan: 0, infinite: 0 },
    { name: 'bias', dtype: 'float16', shape: [4], bytes: 8 },
  ])
})

it('sums up modules and finds what is no number', async () => {
  const weights = new Map([
    ['body.a.weight', float32([3, Number.NaN], [2, 1])],
    ['body.a.bias', float32([-4])],
    ['body.b', float32([12])],
  ])
  const path = join(folderOf({ 'w.safetensors': encodeSafetensors(weights) }), 'w.safetensors')
  const { stdout } = await command('weights', 'inspect', path, '--depth', '2')
  expect(stdout).toContain('Damaged: 1 NaN and 0 infinite numbers\n')
  const rows = stdout.split('\n').filter((line) => /^ +(body|a|b) /.test(line))
  expect(rows.map((row) => row.trim().split(/ {2,}/))).toEqual([
    ['body', '3 tensors', 'float32', '4', '16 B', '13.00', '-4.00 to 12.0', '1, 0'],
    ['a', '2 tensors', 'float32', '3', '12 B', '5.000', '-4.00 to 3.00', '1, 0'],
    ['b', '[1]', 'float32', '1', '4 B', '12.00', '12.0 to 12.0', '-'],
  ])
})

it('knows a model file of ours by what it says', async () => {
  const path = join(folderOf({ 'w.safetensors': thinModelFile() }), 'w.safetensors')
  const { stdout } = await command('weights', 'inspect', path)
  expect(stdout).toMatch(/\nModel: mask-rcnn of \d+ classes with the background, in a file of Maskwright\n/)
})

it('refuses in one line what asks for more than data', async () => {
  const path = join(folderOf({ 'w.pkl': Buffer.from('\x80\x02cposix\nsystem\n.', 'latin1') }), 'w.pkl')
  const { code, stdout, stderr } = await command('weights', 'inspect', path)
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(
    /^maskwright: .*w\.pkl: byte 2: the pickle asks for more than data; .* got posix\.system\. .*\n$/,
  )
})

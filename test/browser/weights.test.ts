import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { float32, type Tensor } from '../../src/tensor/tensor.ts'
import { encodeSafetensors } from '../../src/weights/safetensors.ts'
import { goldenFolder, openGolden } from '../goldens.ts'
import { folderOf } from '../in-process.ts'
import { chromiumPath, hasChromium, openPage } from './chromium.ts'

const reason = hasChromium ? '' : ` (skipped: no browser at ${chromiumPath}, set CHROMIUM)`
const asTold = (tensors: ReadonlyMap<string, Tensor>) =>
  [...tensors].map(([name, { dtype, shape, data }]) => [
    ...[name, dtype, shape],
    [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
  ])

it.skipIf(!hasChromium)(
  `reads files of weights that a visitor chooses, in Chromium${reason}`,
  async () => {
    const opened = await openPage(new URL('./weights-page.ts', import.meta.url))
    const { page } = opened
    try {
      const chosen = async (...files: string[]) => {
        await page.evaluate(() => Object.assign(globalThis, { outcome: undefined }))
        await page.setInputFiles('input', files)
        const done = await page.waitForFunction(() => (globalThis as { outcome?: unknown }).outcome)
        return (await done.jsonValue()) as { format: string; tensors: unknown[]; refusal?: string }
      }
      const golden = openGolden('pth-reader-a')
      const recorded = new Map(golden.case.key_order.map((name: string) => [name, golden.outputs.get(name)]))
      for (const [file, format] of [
        ['state_dict.pth', 'pytorch zip'],
        ['state_dict_legacy.pth', 'pytorch legacy'],
      ]) {
        const outcome = await chosen(join(goldenFolder(golden.name)!, file))
        expect(outcome.format).toBe(format)
        expect(outcome.tensors).toEqual(asTold(recorded as Map<string, Tensor>))
      }
      const shards = [new Map([['a', float32([1])]]), new Map([['b', float32([2])]])]
      const folder = folderOf({
        'm.safetensors.index.json': JSON.stringify({
          weight_map: { a: '0.safetensors', b: '1.safetensors' },
        }),
        '0.safetensors': encodeSafetensors(shards[0]),
        '1.safetensors': encodeSafetensors(shards[1]),
      })
      const paths = ['0.safetensors', '1.safetensors', 'm.safetensors.index.json'].map((name) =>
        join(folder, name),
      )
      expect((await chosen(...paths)).tensors).toEqual(asTold(new Map([...shards[0], ...shards[1]])))
      writeFileSync(paths[0], Buffer.from('\x80\x02cposix\nsystem\n.', 'latin1'))
      expect((await chosen(paths[0])).refusal).toMatch(
        /^WeightError: 0\.safetensors: byte 2: .* got posix\.system\./,
      )
    } finally {
      await opened.close()
    }
  },
  120_000,
)

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { command, folderOf } from '../../../test/in-process.ts'
import { thinModelFile } from '../../../test/thin-model.ts'
import { decodeModelFile } from '../../models/model-file.ts'

function opened() {
  const folder = folderOf({
    'm.safetensors': thinModelFile(),
    'names.txt': 'leaf\nstem\n\n',
    'gap.txt': 'leaf\n\nstem',
  })
  return (name: string) => join(folder, name)
}

it('brings a model to PyTorch and back, with other names of its classes', async () => {
  const at = opened()
  const out = await command('weights', 'export', at('m.safetensors'), '--out', at('m.pth'))
  expect(out.code).toBe(0)
  expect(out.stdout).toMatch(
    /torchvision: maskrcnn_resnet50_fpn, with other settings: .*backbone\.name "resnet18"/,
  )
  const flags = ['--architecture', at('m.safetensors'), '--categories', at('names.txt')]
  const back = await command('weights', 'import', at('m.pth'), ...flags, '--out', at('back.safetensors'))
  expect(back.stderr).toBe('')
  expect(back.stdout).toContain('back.safetensors: mask-rcnn, resnet18, 2 categories')
  const { metadata, weights } = decodeModelFile(readFileSync(at('back.safetensors')))
  expect(metadata.categories).toEqual([
    { id: 1, name: 'leaf' },
    { id: 2, name: 'stem' },
  ])
  expect(metadata).toMatchObject({ licence: 'not stated', source: 'm.pth' })
  for (const [name, { data }] of decodeModelFile(thinModelFile()).weights)
    expect(weights.get(name)!.data, name).toEqual(data)
})

it.each([
  [['--architecture', 'maskrcnn_resnet50_fpn'], 'a preset needs --categories'],
  [['--architecture', 'maskrcnn_resnet50', '--categories', 'coco'], 'there is no such preset'],
  [
    ['--architecture', 'm.safetensors', '--categories', 'gap.txt'],
    'gap.txt: line 2: a line without a name; expected a category on every line',
  ],
  [
    ['--architecture', 'maskrcnn_resnet50_fpn', '--categories', 'coco'],
    'the weights do not fit the model; expected its 307 weights',
  ],
])('refuses %j', async (flags, message) => {
  const at = opened()
  const placed = flags.map((flag) => (/\.(txt|safetensors)$/.test(flag) ? at(flag) : flag))
  const { code, stderr } = await command(
    'weights',
    'import',
    at('m.safetensors'),
    ...placed,
    '--out',
    at('x.safetensors'),
  )
  expect(code).not.toBe(0)
  expect(stderr).toContain(message)
})

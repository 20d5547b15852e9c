import { describe, expect, it } from 'vitest'
import { command, folderOf } from '../../../test/in-process.ts'
import { thinModelFile } from '../../../test/thin-model.ts'

describe('maskwright bench', { timeout: 900_000 }, () => {
  it('measures a model', async () => {
    const model = `${folderOf({ 'thin.safetensors': thinModelFile() })}/thin.safetensors`
    const flags = ['--size', '96x128', '--rounds', '1', '--threads', '1', '--json']
    const { code, stdout, stderr } = await command('bench', '--model', model, ...flags)
    expect(code, stderr).toBe(0)
    const told = JSON.parse(stdout)
    expect(told).toMatchObject({ model, device: 'cpu', threads: 1, width: 128, height: 96 })
    expect(told.rounds).toHaveLength(1)
    const { import: imported, load, session, firstRun, total } = told.coldStart
    for (const part of [imported, load, session, firstRun]) expect(part).toBeGreaterThan(0)
    expect(Math.max(imported, load, session, firstRun)).toBeLessThan(total)
    for (const { latency, predict, network } of told.rounds) {
      expect(network).toBeGreaterThan(0)
      expect(predict).toBeGreaterThan(network)
      expect(latency).toBeGreaterThan(predict)
    }
    expect(told.stages.map(({ stage }: { stage: string }) => stage)).toEqual(
      expect.arrayContaining(['decode', 'preprocess', 'backbone', 'neck', 'finder', 'heads', 'paste']),
    )
    const sum = (parts: { share: number }[]) => parts.reduce((all, { share }) => all + share, 0)
    expect(sum(told.stages)).toBeCloseTo(1)
    expect(sum(told.ops)).toBeCloseTo(1)
    // The first convolution has 8 channels of 7x7 windows of stride 2 and is a small part.
    expect(told.gflop).toBeGreaterThan((2 * 8 * 3 * 49 * (96 * 128)) / 4 / 1e9)
    expect(told.gflops).toBeLessThan(told.gemmPeak * 2)
    expect(told.peakBytes).toBeGreaterThan(50e6)
  })

  it('refuses what it cannot measure in one line', async () => {
    const folder = folderOf({ 'thin.safetensors': thinModelFile(), 'text.png': 'no picture' })
    const model = `${folder}/thin.safetensors`
    const told = async (...argv: string[]) => {
      const { code, stdout, stderr } = await command('bench', ...argv)
      expect(stdout).toBe('')
      return `${code}: ${stderr.trim()}`
    }
    expect(await told()).toMatch(/^2: maskwright bench: either --model or --preset is needed\./)
    expect(await told('--model', model, '--preset', 'x')).toMatch(/^2: /)
    expect(await told('--model', model, '--size', '0x5')).toMatch(/^2: .*Expected height and width/)
    expect(await told('--model', model, '--rounds', '0')).toMatch(/^2: .*--rounds must be at least 1/)
    expect(await told('--preset', 'resnet')).toMatch(/^1: maskwright: resnet: there is no such preset; /)
    expect(await told('--model', model, '--image', `${folder}/text.png`)).toMatch(
      /^1: maskwright: .*text\.png/,
    )
    expect(await told('--model', `${folder}/none`)).toMatch(/^1: maskwright: .*none: there is no such model/)
  })
})

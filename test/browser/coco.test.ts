import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { annotationsOf, annotationToRle } from '../../src/data/dataset.ts'
import { parseCoco } from '../../src/formats/coco/coco.ts'
import { decodeRle } from '../../src/geometry/rle.ts'
import { chromiumPath, hasChromium, openPage } from './chromium.ts'

const golden = (path: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/goldens/${path}.json`, import.meta.url), 'utf8'))

describe('maskwright/coco for browsers', () => {
  it('is made of its own files alone: no runtime, no image decoder, no platform', async () => {
    const { metafile, outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('../../src/coco.ts', import.meta.url))],
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      logLevel: 'silent',
    })
    const inputs = Object.keys(metafile.inputs)
    expect(inputs).toContain('src/coco.ts')
    // Libraries that measure how far two words are apart, for "did you mean", and that pair tracks come along.
    const own =
      /^src\/(coco|errors|(data|evaluation|formats|geometry|names|tensor)\/.*)\.ts$|\/(fastest-levenshtein|munkres)\//
    expect(inputs.filter((path) => !own.test(path))).toEqual([])
    const [{ text }] = outputFiles
    expect(text).not.toMatch(/onnxruntime|sharp|node:/)
    expect(text.length).toBeLessThan(150_000)
  })
})

const reason = hasChromium ? '' : ` (skipped: no browser at ${chromiumPath}, set CHROMIUM)`

describe.skipIf(!hasChromium)(`maskwright/coco in Chromium${reason}`, () => {
  it('has the figures and masks of pycocotools', async () => {
    const opened = await openPage(new URL('./coco-page.ts', import.meta.url))
    try {
      const errors: string[] = []
      opened.page.on('pageerror', (error) => errors.push(error.message))
      const done = await opened.page.waitForFunction(
        () => (globalThis as { outcome?: unknown }).outcome,
        null,
        {
          timeout: 60_000,
        },
      )
      expect(errors).toEqual([])
      const outcome = (await done.jsonValue()) as Record<string, unknown> & {
        stats: Record<string, number[]>
      }
      // Recorded from pycocotools, as in src/evaluation/coco-metric.test.ts.
      expect(outcome.stats.bbox).toEqual(golden('coco-bbox-a/expected').stats)
      expect(outcome.stats.segm).toEqual(golden('coco-segm-a/expected').stats)
      // exp() may differ in the last bit between mathematics libraries.
      golden('coco-keypoints-a/expected').stats.forEach((value: number, i: number) => {
        expect(outcome.stats.keypoints[i]).toBeCloseTo(value, 12)
      })
      const dataset = parseCoco(golden('coco-segm-a/gt'), 'gt.json', { onDegenerate: 'keep' })
      const pixels = dataset.images.flatMap((image) =>
        annotationsOf(dataset, image.id).map((annotation) =>
          decodeRle(annotationToRle(annotation, image)).reduce((sum, pixel) => sum + pixel, 0),
        ),
      )
      expect(outcome.areas).toEqual(pixels)
      // 1 1 0 / 1 0 0, its left two columns, mirrored: 1 1 / 0 1.
      expect(outcome.flipped).toEqual([1, 1, 0, 1])
      expect(outcome.refusal).toMatch(/^DataError: gt\.json: images\[0\]: "width" is missing/)
    } finally {
      await opened.close()
    }
  })
})

import { describe, expect, it } from 'vitest'
import { exampleEvaluation } from '../../test/evaluation-example.ts'
import { evaluationReport } from '../evaluation/report.ts'
import { evaluationPage } from './evaluation-page.ts'
import { galleryCases } from './gallery-case.ts'

const assets = { script: 'const uPlot = "</script>"', style: '.u{}', licence: 'MIT */ end' }
const encodeJpeg = async () => new Uint8Array([1, 2, 3])
const { groundTruth, results, report } = exampleEvaluation()

describe('the page of an evaluation', async () => {
  const cases = await galleryCases({
    ...{ groundTruth, results, report, encodeJpeg },
    readImage: async ({ width, height }) => ({ data: new Uint8Array(width * height * 3), width, height }),
  })
  const page = evaluationPage({
    ...{ report, cases, assets },
    subject: 'model </script><script>alert(1)</script>',
    annotations: '<val>.json',
    stats: { segm: { ...report.stats } },
    galleryNote: 'made up',
  })

  it('escapes everything that it shows', () => {
    expect(page).toContain('&lt;val&gt;.json')
    expect(page).not.toContain('<val>')
    expect(page).not.toContain('<i>root')
    expect(page).not.toContain('<b>')
    expect(page).not.toContain('<script>alert')
    // Data of the charts, uPlot, drawing, sorting and choosing: five scripts begin and five end.
    expect(page.match(/<script/g)).toHaveLength(5)
    expect(page.match(/<\/script/g)).toHaveLength(5)
  })

  it('refers to nothing outside', () => {
    const references = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1])
    expect(references).toHaveLength(6)
    expect(references.every((reference) => reference.startsWith('data:'))).toBe(true)
    expect(page).toContain("default-src 'none'")
  })

  it('tells the figures', () => {
    // Three of five objects are found (11, 13, 14) and two of five detections are wrong: F1 is 6 / 10.
    expect(page).toContain('<dt>F1 at its best</dt><dd>0.600</dd>')
    expect(page).toContain('<dt>TP / (TP + FN + FP)</dt><dd>0.429</dd>')
    expect(page).toContain('<tr><th scope="row">0.5</th><td>3</td><td>2</td><td>2</td>')
    expect(shownPart(page)).not.toMatch(/NaN|Infinity|undefined/)
  })

  it('draws the cases', () => {
    expect(page.match(/<figure class="case/g)).toHaveLength(5)
    expect(page).toContain('leaf, truly stem &amp; &lt;i&gt;root&lt;/i&gt;')
    // 20 x 10 pixels, 6 columns apart: 140 of 260.
    expect(page).toContain('score 0.700 · IoU 0.538 · 200 px')
  })
})

it('can tell of nothing', () => {
  const empty = { images: groundTruth.images, categories: groundTruth.categories, annotations: new Map() }
  const nothing = evaluationReport({ groundTruth: empty, results: [], iouType: 'bbox' })
  const page = evaluationPage({
    ...{ report: nothing, cases: [], assets, subject: 'a', annotations: 'b', galleryNote: '' },
    stats: { bbox: { ...nothing.stats } },
  })
  expect(page).toContain('There is nothing to find.')
  expect(page).toContain('Nothing is wrong at this threshold.')
  expect(shownPart(page)).not.toMatch(/NaN|Infinity|undefined/)
})

/** Without scripts: they may speak of such things. */
function shownPart(page: string): string {
  return page.slice(0, page.indexOf('<script'))
}

import { describe, expect, it } from 'vitest'
import { resolveConfig } from './config.ts'
import { reportPage } from './report.ts'
import { chartsOf, parseMetrics, smoothed } from './report-data.ts'
import { shownIndices } from './report-pictures.ts'
import type { ResolvedConfig } from './train-config.ts'

const config: ResolvedConfig = resolveConfig(
  {
    goal: '<b>bold</b> & "quoted"',
    model: { name: 'mask-rcnn' },
    data: { train: { images: 'i', annotations: 'a' } },
    steps: 40,
  },
  { where: 'test' },
)
const facts = {
  name: 'run </script><script>alert(1)</script>',
  step: 40,
  categories: ['<nucleus>'],
  trainImages: 5,
  valImages: 2,
  parameters: 7_400_000,
  best: { figure: 0.25, step: 40 },
  bestFigure: 'val_segm_AP',
}
const assets = { script: 'const uPlot = "</script>"', style: '.u{}', licence: 'MIT */ end' }
const metrics = parseMetrics(
  [
    '{"step":1,"loss":4,"loss_mask":2,"gradient_norm":1,"learning_rate":0.001,"step_ms":100,"wait_ms":10}',
    '{"step":20,"loss":3,"loss_mask":1,"gradient_norm":1,"learning_rate":0.002,"step_ms":200,"wait_ms":30}',
    '{"step":40,"val_segm_AP":0.25,"val_segm_APl":-1}',
    '{"step":60,"lo',
  ].join('\n'),
)
const pictures = [
  {
    file: 'a"b.png',
    truth: 'data:image/png;base64,AA==',
    prediction: 'data:image/png;base64,AQ==',
    note: '1 < 2',
    classes: [
      { name: '<leaf>', color: [40, 140, 255] as const, labelled: 2, predicted: 1 },
      { name: 'stem', color: [255, 70, 85] as const, labelled: 0, predicted: 3 },
    ],
  },
]

describe('the data of a report', () => {
  it('drops a line that was cut short', () => {
    expect(metrics.map(({ step }) => step)).toEqual([1, 20, 40])
  })

  it('smooths with weights 1 and 0.9, the newest heaviest', () => {
    // (0.9 * 4 + 3) / 1.9
    expect(smoothed([4, null, 3])).toEqual([4, null, expect.closeTo(6.6 / 1.9, 12)])
  })

  it('has a chart for all that was measured', () => {
    const charts = chartsOf(metrics)
    expect(charts.map(({ title }) => title)).toEqual(['Loss', 'Validation', 'Learning rate', 'Gradient norm'])
    expect(charts[0].series.map(({ label }) => label)).toEqual(['each step', 'loss', 'mask'])
    expect(charts[1]).toMatchObject({ x: [40], series: [{ label: 'segm AP', values: [0.25] }] })
  })

  it('has room for the largest loss of a long run', () => {
    const lines = Array.from({ length: 200_000 }, (_, step) => ({ step, loss: 2 }))
    expect(chartsOf(lines)[0].yRange).toEqual([0, expect.closeTo(2.2, 10)])
  })

  it('has none of what was not', () => {
    expect(chartsOf([])).toEqual([])
    expect(chartsOf([{ step: 1, val_bbox_AP: -1 }])).toEqual([])
  })

  it('shows images spread evenly', () => {
    expect(shownIndices(85)).toEqual([7, 21, 35, 49, 63, 77])
    expect(shownIndices(2)).toEqual([0, 1])
    expect(shownIndices(0)).toEqual([])
  })
})

describe('the page', () => {
  const page = reportPage({ facts, config, metrics, pictures, assets })

  it('escapes everything that it shows', () => {
    expect(page).toContain('&lt;b&gt;bold&lt;/b&gt; &amp; &quot;quoted&quot;')
    expect(page).not.toContain('<b>')
    expect(page).not.toContain('<nucleus>')
    expect(page).toContain('a&quot;b.png')
    expect(page).not.toContain('<script>alert')
    // The data, the licence and uPlot, the drawing: three scripts begin and three end.
    expect(page.match(/<script/g)).toHaveLength(3)
    expect(page.match(/<\/script/g)).toHaveLength(3)
  })

  it('names the classes of its pictures beside their colours', () => {
    expect(page).toMatch(/rgb\(40 140 255\)[^>]*><\/span>&lt;leaf&gt; 2 labelled, 1 predicted/)
    expect(page).toMatch(/rgb\(255 70 85\)[^>]*><\/span>stem 0 labelled, 3 predicted/)
  })

  it('refers to nothing outside', () => {
    const references = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1])
    expect(references.every((reference) => reference.startsWith('data:'))).toBe(true)
    expect(page).toContain("default-src 'none'")
  })

  it('sums the run up', () => {
    // The last that was logged is step 20; the run is further.
    expect(page).toContain('40 of 40')
    expect(page).toContain('0.25 at step 40')
    expect(page).toContain('150 ms + 20 ms waiting')
    expect(page).toContain('5 to train, 2 to validate')
    expect(page).toContain('7.4 M parameters')
    expect(page).toContain('<td>40</td><td>0.250</td><td>–</td>')
  })

  it('can be written before anything was measured', () => {
    const early = reportPage({
      ...{ config, metrics: [], pictures: [], assets },
      facts: { ...facts, step: 0, best: undefined },
    })
    expect(early).toContain('No step has been logged yet.')
    expect(early).toContain('0 of 40')
    expect(early).not.toContain('NaN')
  })
})

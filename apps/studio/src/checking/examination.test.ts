import { expect, it } from 'vitest'
import type { StudioObject } from '../project/coco-document.ts'
import { checkCounts, examined } from './examination.ts'

const IMAGES = [{ id: 1, file_name: 'a.png', width: 100, height: 80 }]
const CATEGORIES = [{ id: 1, name: 'leaf' }]
const ring = (x: number, y: number, w: number, h: number) => [x, y, x + w, y, x + w, y + h, x, y + h]
const object = (id: number, own: Partial<StudioObject>): StudioObject => ({
  ...{ id, image_id: 1, category_id: 1, iscrowd: 0, segmentation: [ring(10, 10, 20, 20)] },
  ...own,
})
const found = (...objects: StudioObject[]) =>
  new Map(examined(IMAGES, objects, CATEGORIES).map((check) => [check.name, check]))

it('finds nothing in labels that are right, but that they are few', () => {
  expect([...found(object(1, {})).keys()]).toEqual(['rare-classes'])
  expect([checkCounts(false), checkCounts(true)]).toEqual([
    { own: 37, all: 48 },
    { own: 48, all: 48 },
  ])
})

it('says how a wrong area and a wrong box are mended', () => {
  const checks = found(
    object(1, { bbox: [10, 10, 20, 20], area: 5000 }),
    object(2, { segmentation: [ring(50, 40, 10, 10)], bbox: [0, 0, 10, 10], area: 100 }),
  )
  expect(checks.get('area-disagreement')).toMatchObject({
    severity: 'warning',
    findings: [{ imageId: 1, annotationId: 1, remedy: { object: { id: 1, area: 400 } } }],
  })
  expect(checks.get('box-mask-disagreement')?.findings).toMatchObject([
    { annotationId: 2, remedy: { object: { id: 2, bbox: [50, 40, 10, 10], area: 100 } } },
  ])
})

it('removes what is there twice, and leaves to people what they have to decide', () => {
  const checks = found(
    object(1, {}),
    object(2, {}),
    object(3, { segmentation: [ring(10, 50, 20, 20)] }),
    object(4, { segmentation: [ring(10, 50, 20, 20.5)] }),
  )
  const twice = checks.get('repeated-annotations')!
  expect(twice.findings).toMatchObject([{ annotationId: 2, remedy: { object: undefined } }])
  expect(twice.does).toMatch(/removed/)
  const near = checks.get('near-duplicates')!
  expect([near.findings.length, near.findings[0].remedy, near.does]).toEqual([1, undefined, undefined])
})

it('tells errors first', () => {
  const severities = examined(
    IMAGES,
    [object(1, {}), object(2, {}), object(3, { area: 9000 })],
    CATEGORIES,
  ).map(({ severity }) => severity)
  expect(severities).toEqual(
    severities.toSorted((a, b) => 'error warning note'.indexOf(a) - 'error warning note'.indexOf(b)),
  )
  expect(severities[0]).toBe('error')
})

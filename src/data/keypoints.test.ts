import { describe, expect, it } from 'vitest'
import { keypointPlan } from './keypoints.ts'

const category = (id: number, keypoints?: string[]) => ({ id, name: `c${id}`, keypoints })
const mirrorOf = (names: string[], flipPairs?: [string, string][]) =>
  keypointPlan([category(1, names)], 'a.json', { flipPairs }).mirrors.get(1)

describe('keypointPlan', () => {
  it('finds the other side of a keypoint by its name', () => {
    expect(mirrorOf(['nose', 'left_eye', 'right_eye'])).toEqual([0, 2, 1])
    expect(mirrorOf(['LEye', 'tail', 'REye'])).toEqual([2, 1, 0])
    expect(mirrorOf(['Front Left Paw', 'Front Right Paw', 'hind-left-paw', 'hind-right-paw'])).toEqual([
      1, 0, 3, 2,
    ])
    expect(mirrorOf(['shoulderLeft', 'shoulderRight', 'letter', 'bright'])).toEqual([1, 0, 2, 3])
  })

  it('leaves keypoints of one name as they are, and refuses two that would be the other side of one', () => {
    expect(mirrorOf(['', '', '3'])).toEqual([0, 1, 2])
    expect(mirrorOf(['tip', 'tip', 'base'])).toEqual([0, 1, 2])
    expect(() => mirrorOf(['left_eye', 'leftEye', 'right_eye'])).toThrow(
      'a keypoint of one side lacks its other side; expected the mirror image of left_eye',
    )
  })

  it('takes given pairs instead of names', () => {
    expect(mirrorOf(['port', 'starboard', 'left_mast'], [['port', 'starboard']])).toEqual([1, 0, 2])
    expect(mirrorOf(['left_eye', 'right_eye'], [])).toEqual([0, 1])
  })

  it('refuses pairs that no category has, and a keypoint in two pairs', () => {
    expect(() => mirrorOf(['a', 'b'], [['a', 'c']])).toThrow(
      'augment.flipPairs: no category has both keypoints of a pair; expected pairs of a, b, got a and c',
    )
    const twice: [string, string][] = [
      ['a', 'b'],
      ['c', 'a'],
    ]
    expect(() => mirrorOf(['a', 'b', 'c'], twice)).toThrow('a keypoint can have one other side')
  })

  it('refuses a left without its right where samples are flipped', () => {
    expect(() => mirrorOf(['left_eye', 'nose'])).toThrow(
      'a.json: category c1: a keypoint of one side lacks its other side; expected the mirror image of left_eye, got left_eye, nose',
    )
    const plan = keypointPlan([category(1, ['left_eye'])], 'a.json', { isFlipped: false })
    expect(plan.mirrors.get(1)).toEqual([0])
  })

  it('has one count for all categories with keypoints, and leaves the others out', () => {
    const plan = keypointPlan([category(4, ['a', 'b']), category(7), category(9, ['c', 'd'])], 'a.json')
    expect([plan.count, ...plan.mirrors.keys()]).toEqual([2, 4, 9])
    expect(() => keypointPlan([category(1, ['a']), category(2, ['b', 'c'])], 'a.json')).toThrow(
      'a.json: categories have different numbers of keypoints; expected one number, since a model has one head for all, got c1 1, c2 2',
    )
    expect(() => keypointPlan([category(1), category(2, [])], 'a.json')).toThrow(
      'a.json: no category has keypoints',
    )
  })
})

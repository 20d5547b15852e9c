import { describe, expect, it } from 'vitest'
import { asAnnotated, matchCategories, unmatchedNotes } from './matched-categories.ts'

const named = (...names: string[]) => names.map((name, i) => ({ id: i + 1, name }))
const match = (own: string[], labelled: string[]) =>
  matchCategories(named(...own), named(...labelled), 'v.json')

describe('matchCategories', () => {
  it('goes by names, and tells what each side has alone', () => {
    const { idOf, onlyModel, onlyAnnotations } = match(['date', 'fig', 'plum'], ['plum', 'kiwi', 'date'])
    expect([...idOf]).toEqual([
      [1, 3],
      [3, 1],
    ])
    expect(onlyModel).toEqual([{ id: 2, name: 'fig' }])
    expect(onlyAnnotations).toEqual([{ id: 2, name: 'kiwi' }])
  })

  it('says what each side lacks, and takes what was found over by name', () => {
    const matched = match(['date', 'fig', 'plum'], ['plum', 'kiwi', 'date'])
    expect(unmatchedNotes(matched)).toEqual([
      'the model does not know "kiwi": such objects count as missed',
      'the annotations lack "fig": what the model finds of that counts for nothing',
    ])
    expect(unmatchedNotes(match(['fig'], ['fig']))).toEqual([])
    const found = [1, 2, 3].map((categoryId) => ({ categoryId, score: categoryId / 10 }))
    expect(asAnnotated(found, matched)).toEqual([
      { categoryId: 3, score: 0.1 },
      { categoryId: 1, score: 0.3 },
    ])
  })

  it.each([
    [
      ['nucleus'],
      ['date'],
      'v.json: model and annotations have no category in common; expected one of "nucleus", by name, got "date"',
    ],
    [
      ['Fig'],
      ['fig'],
      'got "fig", and "Fig" in the model. Are they the same? Then write "Fig" in the annotations too',
    ],
    [
      ['plum', 'red cell'],
      ['plum', 'red  cell '],
      'got "red  cell ", and "red cell" in the model. Are they the same?',
    ],
    [['plum', 'fig'], ['plum', 'fig', 'FIG'], 'got "FIG", and "fig" in the model. Are they the same?'],
    [['fig'], [], 'got none'],
    [
      ['fig'],
      ['fig', 'fig'],
      'two categories of the annotations have one name; got "fig", with the ids 1 and 2',
    ],
  ])('%j and %j are refused', (own, labelled, message) => {
    expect(() => match(own, labelled)).toThrow(message)
  })

  it('lists no more names than can be read', () => {
    const many = Array.from({ length: 80 }, (_, i) => `class ${i}`)
    expect(() => match(['cell'], many)).toThrow('"class 6", "class 7" and 72 more')
  })
})

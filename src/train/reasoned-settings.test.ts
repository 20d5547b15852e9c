import { describe, expect, it } from 'vitest'
import { because, plainValue, settingsText } from './reasoned-settings.ts'

const settings = {
  name: because('leaf', 'what it finds'),
  folder: "c:\\it's",
  left: undefined,
  model: { anchors: because([[8], [16]], 'small'), deep: { width: 2, kinds: ['a'] } },
  scale: because({ kind: 'range', from: 1, to: because(2, 'not more') }, 'so'),
}

describe('settings with reasons', () => {
  it('are plain without them', () => {
    expect(plainValue(settings)).toEqual({
      name: 'leaf',
      folder: "c:\\it's",
      model: { anchors: [[8], [16]], deep: { width: 2, kinds: ['a'] } },
      scale: { kind: 'range', from: 1, to: 2 },
    })
  })

  it('are a literal with the reasons as comments', () => {
    expect(settingsText(settings)).toBe(`{
  name: 'leaf', // what it finds
  folder: "c:\\\\it's",
  model: {
    anchors: [[8], [16]], // small
    deep: { width: 2, kinds: ['a'] },
  },
  // so
  scale: {
    kind: 'range',
    from: 1,
    to: 2, // not more
  },
}`)
  })

  it('have a long reason above', () => {
    const reason = 'r'.repeat(110)
    expect(settingsText({ steps: because(5, reason) })).toBe(`{\n  // ${reason}\n  steps: 5,\n}`)
  })
})

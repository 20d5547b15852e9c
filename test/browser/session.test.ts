import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sessionContract } from '../session-contract.ts'
import { chromiumPath, hasChromium, openPage, type TestPage } from './chromium.ts'

const reason = hasChromium ? '' : ` (skipped: no browser at ${chromiumPath}, set CHROMIUM)`

describe.skipIf(!hasChromium)(`the session of onnxruntime-web, in Chromium${reason}`, () => {
  let opened: TestPage
  let outcome: Record<string, string>

  beforeAll(async () => {
    opened = await openPage(new URL('./session-page.ts', import.meta.url))
    const errors: string[] = []
    opened.page.on('pageerror', (error) => errors.push(error.message))
    const done = await opened.page.waitForFunction(
      () => (globalThis as { outcome?: unknown }).outcome,
      null,
      {
        timeout: 90_000,
      },
    )
    outcome = (await done.jsonValue()) as Record<string, string>
    expect(errors).toEqual([])
  })
  afterAll(() => opened?.close())

  it.each(sessionContract)('$name', ({ name }) => {
    expect(outcome[name]).toBe('ok')
  })
})

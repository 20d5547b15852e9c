/** Runs the session contract in a page; `session.test.ts` reads the outcome. */
import { createSession, setWasmFolder } from '../../src/web/session.ts'
import { sessionContract } from '../session-contract.ts'

setWasmFolder(new URL('/wasm/', location.href).href)

const outcome: Record<string, string> = {}
for (const { name, check } of sessionContract) {
  outcome[name] = await check(createSession).then(
    () => 'ok',
    (error) => `${error}`,
  )
}
Object.assign(globalThis, { outcome })

/**
 * `npm run parity -- DIR...`: runs every recorded case found under the folders and prints one line a case: name, kind,
 * largest error per output against its tolerance, and ok, FAIL or unsupported. Exits 1 where a case fails or is not
 * supported or none is found, 2 where no folder is given. Files among the folders are passed over.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openGoldenFolder } from '../goldens.ts'
import { type Comparison, isWithin, UnsupportedCase } from './comparison.ts'
import { KINDS } from './kinds.ts'

type Verdict = 'ok' | 'FAIL' | 'unsupported'

const folders = process.argv.slice(2)
process.exitCode = await main()

async function main(): Promise<number> {
  if (folders.length === 0) {
    console.error('usage: npm run parity -- DIR...')
    return 2
  }
  const missing = folders.filter((folder) => !existsSync(folder))
  if (missing.length > 0) {
    console.error(`no such folder: ${missing.join(', ')}`)
    return 2
  }
  for (const file of folders.filter((path) => !statSync(path).isDirectory())) {
    console.log(`${file}: passed over, for it is a file`)
  }
  const cases = folders.filter((path) => statSync(path).isDirectory()).flatMap(caseFolders)
  const verdicts: Verdict[] = []
  for (const folder of cases) {
    const { verdict, line } = await checked(folder)
    console.log(line)
    verdicts.push(verdict)
  }
  const count = (verdict: Verdict) => verdicts.filter((other) => other === verdict).length
  console.log(
    `${cases.length} cases: ${count('ok')} ok, ${count('FAIL')} failed, ${count('unsupported')} unsupported`,
  )
  return cases.length > 0 && count('ok') === cases.length ? 0 : 1
}

/** Folders with a `case.json`, at any depth, in order of their names. */
function caseFolders(folder: string): string[] {
  if (existsSync(join(folder, 'case.json'))) return [folder]
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isDirectory())
    .flatMap(caseFolders)
}

async function checked(folder: string): Promise<{ verdict: Verdict; line: string }> {
  let name = folder
  try {
    const golden = openGoldenFolder(folder)
    const { kind } = golden.case
    name = `${golden.name} (${kind})`
    const check = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined
    if (!check) throw new UnsupportedCase(`the kind ${kind}`)
    const { comparisons, unsupported = [] } = await check(golden)
    const parts = [...comparisons.map(told), ...unsupported.map((output) => `${output} unsupported`)]
    const verdict = verdictOf(comparisons, unsupported)
    return { verdict, line: `${name}: ${verdict}; ${parts.join(', ')}` }
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    const verdict = error instanceof UnsupportedCase ? 'unsupported' : 'FAIL'
    return { verdict, line: `${name}: ${verdict}; ${reason}` }
  }
}

function verdictOf(comparisons: readonly Comparison[], unsupported: readonly string[]): Verdict {
  if (!comparisons.every(isWithin)) return 'FAIL'
  return unsupported.length > 0 || comparisons.length === 0 ? 'unsupported' : 'ok'
}

function told(comparison: Comparison): string {
  const { name, error, tolerance } = comparison
  return `${name} ${error.toPrecision(2)}${isWithin(comparison) ? '<=' : ' EXCEEDS '}${tolerance.toPrecision(2)}`
}

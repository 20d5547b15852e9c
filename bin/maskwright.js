#!/usr/bin/env node
// One process on purpose: killing it ends the command, and a signal reaches the code that runs.
// In a clone the TypeScript sources run through tsx; in an installed package there are no sources, only dist.
import { existsSync } from 'node:fs'

const source = new URL('../src/cli/main.ts', import.meta.url)
const compiled = new URL('../dist/cli/main.js', import.meta.url)
const inClone = existsSync(source)

if (inClone) {
  try {
    const { register } = await import('tsx/esm/api')
    register()
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error
    process.stderr.write('maskwright: the packages of this clone are not installed. Run `npm ci` first.\n')
    process.exit(1)
  }
}

if (!inClone && !existsSync(compiled)) {
  process.stderr.write(
    'maskwright: this package was packed without its code: npm was told to run no scripts. Pack it again after `npm run build`.\n',
  )
  process.exit(1)
}

const { main } = await import(inClone ? source.href : compiled.href)
process.exitCode = await main(process.argv.slice(2))

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
// Starts its compiler in the folder that it is loaded in: not in one that `commandIn` goes to, which is gone later.
import 'esbuild'
import { onTestFinished, vi } from 'vitest'
import { main } from '../src/cli/main.ts'

/** A folder on disk with these files, by path; gone when the test is over. */
export function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), content)
  }
  return folder
}

/** The command line in this process: seconds cheaper than one of its own, and the same but for that. */
export async function command(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      said[name] += text
      return true
    }),
  )
  try {
    const code = await main(argv)
    return { code, ...said }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

/** The same in a folder of its own, told as `runCommand` tells it. Not for tests that run at the same time. */
export async function commandIn(
  cwd: string,
  argv: readonly string[],
): Promise<{ status: number; stdout: string; stderr: string }> {
  const before = process.cwd()
  process.chdir(cwd)
  try {
    const { code, ...said } = await command(...argv)
    return { status: code, ...said }
  } finally {
    process.chdir(before)
  }
}

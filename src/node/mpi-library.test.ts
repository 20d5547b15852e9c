import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runCommand } from '../../test/end-to-end/command-line.ts'
import { folderOf } from '../../test/in-process.ts'
import { joinMpi } from './mpi-library.ts'

const LAUNCH = { mpi: 'Open MPI', size: 2 } as const

function reasonOf(library: string): Promise<string> {
  return joinMpi(LAUNCH, { MASKWRIGHT_MPI: library }).then(
    () => 'joined',
    (error: Error) => `${error.name}: ${error.message}`,
  )
}

function koffiMissing(): boolean {
  try {
    createRequire(import.meta.url).resolve('koffi')
    return false
  } catch {
    return true
  }
}

/** Hides a package from a process: Node itself then says that it is not installed. */
const HIDING = {
  'hide.mjs': `import { register } from 'node:module'
register('./resolve.mjs', import.meta.url)`,
  'resolve.mjs': `export const resolve = (name, context, next) => next(name === 'koffi' ? 'koffi-hidden' : name, context)`,
}

describe('the MPI library of a process that mpirun has started', () => {
  it('is not reached without koffi, which is told in one line', async () => {
    const data = { train: { images: '.', annotations: 'train.json' } }
    const folder = folderOf({
      'config.json': JSON.stringify({ model: { name: 'mask-rcnn' }, data, steps: 1 }),
      ...HIDING,
    })
    const { status, stdout, stderr } = await runCommand(['train', 'config.json', '--out', 'run'], {
      cwd: folder,
      env: {
        OMPI_COMM_WORLD_SIZE: '2',
        NODE_OPTIONS: `--import ${pathToFileURL(path.join(folder, 'hide.mjs'))}`,
      },
    })
    expect([status, stdout, stderr]).toEqual([
      1,
      '',
      'maskwright: training with several processes (mpirun) needs the package koffi, which is not installed. Install it: npm install koffi\n',
    ])
  }, 60_000)

  it.skipIf(koffiMissing() || process.platform !== 'linux')(
    'is refused in one line where it is another library, or does not load',
    async () => {
      expect(await reasonOf('libm.so.6')).toBe(
        'ConfigError: libm.so.6: not a library of MPI; expected Open MPI, MPICH, or one with the binary interface of MPICH',
      )
      const absent = await reasonOf('/nowhere/libmpi.so')
      expect(absent).toMatch(
        /^ConfigError: the library of Open MPI, whose mpirun started this, does not load; expected \/nowhere\/libmpi\.so, got .+\. Correct MASKWRIGHT_MPI$/,
      )
    },
  )
})

import { fstatSync } from 'node:fs'
import { ConfigError, MaskwrightError } from '../errors.ts'
import { type ForeignLibrary, type Koffi, loadKoffi } from './foreign-library.ts'
import { type Handle, mpiAbi } from './mpi-abi.ts'
import type { MpiLaunch, MpiName } from './mpi-launch.ts'

/** The functions of MPI that are used, among all processes that were started together. Failures are `MaskwrightError`s. */
export interface MpiLibrary {
  rank(): number
  size(): number
  /** Starts adding up over all ranks, in place; the memory must stay until the request has come to its end. */
  startSum(data: Float32Array | Float64Array, request: MpiRequest): void
  /** Starts sending the bytes of rank 0 to all. */
  startBroadcast(data: Uint8Array, request: MpiRequest): void
  /** Whether the request has come to its end; every call moves it on. */
  isDone(request: MpiRequest): boolean
  /** Ends MPI in this process, together with all others. */
  finalize(): void
}

/** Memory for what MPI calls a request: a number or an address. */
export type MpiRequest = BigUint64Array

/** Where each MPI has its library; macOS last. */
const FILES: Readonly<Record<MpiName, readonly string[]>> = {
  'Open MPI': ['libmpi.so.40', 'libmpi.so', 'libmpi.40.dylib', 'libmpi.dylib'],
  MPICH: ['libmpich.so.12', 'libmpi.so.12', 'libmpich.so', 'libmpi.so', 'libmpi.12.dylib', 'libmpi.dylib'],
}
/** Names the file of the library where it lies elsewhere. */
export const LIBRARY_VARIABLE = 'MASKWRIGHT_MPI'

/**
 * Loads the MPI that has started this process, and joins it. Throws `ConfigError` where koffi or the library is missing, or the
 * library is of another MPI than `mpirun`.
 */
export async function joinMpi(
  launch: MpiLaunch,
  env: Record<string, string | undefined>,
): Promise<MpiLibrary> {
  requireOpenPipe(env)
  // Under MPICH with UCX Node was seen to die of SIGSEGV now and then. UCX replaces functions of the system's memory, the likely cause;
  // without that no such end was seen, in too few runs to prove it.
  env.UCX_MEM_EVENTS ??= 'n'
  env.UCX_ERROR_SIGNALS ??= ''
  const koffi = await loadKoffi('training with several processes (mpirun)')
  const { file, library } = loadLibrary(koffi, launch.mpi, env[LIBRARY_VARIABLE])
  const mpi = boundLibrary(library, koffi, file)
  const size = mpi.size()
  if (size === launch.size) return mpi
  throw new ConfigError('the MPI library is not that of the mpirun which started this', {
    where: file,
    expected: `${launch.size} processes of ${launch.mpi}`,
    got: `${size}`,
    hint: `Name the library that belongs to this mpirun in ${LIBRARY_VARIABLE}, or start with the mpirun of the library`,
  })
}

/** MPICH's processes hear of each other through a pipe that `mpirun` opens for them; programs between the two close it. */
function requireOpenPipe({ PMI_FD }: Readonly<Record<string, string | undefined>>): void {
  if (PMI_FD === undefined) return
  try {
    fstatSync(Number(PMI_FD))
  } catch (cause) {
    throw new ConfigError(
      'the way from mpirun to this process is closed',
      {
        where: 'PMI_FD',
        hint: 'Start the command itself, not npx: mpirun -n 2 node_modules/.bin/maskwright',
      },
      { cause },
    )
  }
}

function loadLibrary(koffi: Koffi, mpi: MpiName, given: string | undefined) {
  const files = given ? [given] : FILES[mpi]
  let first: unknown
  for (const file of files) {
    try {
      // Open MPI's plug-ins look for its symbols among those of the whole process.
      return { file, library: koffi.load(file, { global: true }) }
    } catch (cause) {
      first ??= cause
    }
  }
  throw new ConfigError(
    `the library of ${mpi}, whose mpirun started this, does not load`,
    {
      expected: files.join(' or '),
      got: first instanceof Error ? first.message : `${first}`,
      hint: given
        ? `Correct ${LIBRARY_VARIABLE}`
        : `Install it (Debian: ${mpi === 'MPICH' ? 'libmpich12' : 'libopenmpi3'}), or name its file in ${LIBRARY_VARIABLE}`,
    },
    { cause: first },
  )
}

/** Longest text of an error in both interfaces. */
const ERROR_LENGTH = 512

function boundLibrary(library: ForeignLibrary, koffi: Koffi, file: string): MpiLibrary {
  const abi = mpiAbi(library, koffi, file)
  const handle = abi.handle
  const bind = (name: string, ...parameters: readonly string[]) => {
    const call = library.func(`MPI_${name}`, 'int', parameters)
    return (...given: Parameters<typeof call>) => {
      const code = call(...given)
      if (code !== 0) throw failure(name, errorText(code))
    }
  }
  const readText = library.func('MPI_Error_string', 'int', ['int', 'void *', 'void *'])
  const errorText = (code: number) => {
    const [text, length] = [new Uint8Array(ERROR_LENGTH), new Int32Array(1)]
    return readText(code, text, length) === 0
      ? new TextDecoder().decode(text.subarray(0, length[0]))
      : `error ${code}`
  }
  const commRank = bind('Comm_rank', handle, 'void *')
  const commSize = bind('Comm_size', handle, 'void *')
  const allreduce = bind('Iallreduce', 'intptr_t', 'void *', 'int', handle, handle, handle, 'void *')
  const broadcast = bind('Ibcast', 'void *', 'int', handle, 'int', handle, 'void *')
  const test = bind('Test', 'void *', 'void *', 'intptr_t')
  const finalize = bind('Finalize')
  const number = (ask: (world: Handle, into: Int32Array) => void) => {
    const into = new Int32Array(1)
    ask(abi.world, into)
    return into[0]
  }
  bind('Init', 'void *', 'void *')(null, null)
  bind('Comm_set_errhandler', handle, handle)(abi.world, abi.errorsReturn)
  const flag = new Int32Array(1)
  return {
    rank: () => number(commRank),
    size: () => number(commSize),
    startSum: (data, request) => {
      const type = data instanceof Float32Array ? abi.types.float32 : abi.types.float64
      allreduce(abi.inPlace, data, data.length, type, abi.sum, abi.world, request)
    },
    startBroadcast: (data, request) => broadcast(data, data.length, abi.types.byte, 0, abi.world, request),
    isDone: (request) => {
      test(request, flag, abi.ignoredStatus)
      return flag[0] !== 0
    },
    finalize: () => finalize(),
  }
}

function failure(call: string, text: string): MaskwrightError {
  return new MaskwrightError('the exchange between the processes failed', {
    where: `MPI_${call}`,
    got: text,
    hint: 'Another process, or the way to it, is lost; continue with --resume',
  })
}

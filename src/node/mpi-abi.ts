import { ConfigError } from '../errors.ts'
import type { ForeignLibrary, Koffi } from './foreign-library.ts'

/** A constant of MPI as its functions take it: an address or a number. */
export type Handle = bigint | number

/**
 * What differs between the two binary interfaces of MPI. Open MPI's handles are addresses of variables of its library; those of
 * MPICH, and of the libraries that keep to its interface, are numbers of its header `mpi.h`.
 */
export interface MpiAbi {
  /** Type of a handle in declarations. */
  readonly handle: 'uintptr_t' | 'int'
  readonly world: Handle
  readonly types: { readonly byte: Handle; readonly float32: Handle; readonly float64: Handle }
  readonly sum: Handle
  readonly errorsReturn: Handle
  /** Addresses that stand for something else. */
  readonly inPlace: number
  readonly ignoredStatus: number
}

const MPICH: MpiAbi = {
  handle: 'int',
  world: 0x44000000,
  types: { byte: 0x4c00010d, float32: 0x4c00040a, float64: 0x4c00080b },
  sum: 0x58000003,
  errorsReturn: 0x54000001,
  inPlace: -1,
  ignoredStatus: 1,
}

/** Tells the interface of a library by the symbols it has. Throws `ConfigError`, naming the file, for one that is neither. */
export function mpiAbi(library: ForeignLibrary, { address }: Pick<Koffi, 'address'>, file: string): MpiAbi {
  const has = (name: string) => symbolOf(library, name) !== undefined
  if (has('ompi_mpi_comm_world')) return openMpi((name) => address(library.symbol(`ompi_mpi_${name}`)))
  // Under this name Fortran's MPI_IN_PLACE lies in MPICH and in the libraries made from it.
  if (has('MPIR_F08_MPI_IN_PLACE')) return MPICH
  throw new ConfigError('not a library of MPI', {
    where: file,
    expected: 'Open MPI, MPICH, or one with the binary interface of MPICH',
  })
}

function openMpi(at: (name: string) => bigint): MpiAbi {
  return {
    handle: 'uintptr_t',
    world: at('comm_world'),
    types: { byte: at('byte'), float32: at('float'), float64: at('double') },
    sum: at('op_sum'),
    errorsReturn: at('errors_return'),
    inPlace: 1,
    ignoredStatus: 0,
  }
}

function symbolOf(library: ForeignLibrary, name: string): unknown {
  try {
    return library.symbol(name)
  } catch {
    return undefined
  }
}

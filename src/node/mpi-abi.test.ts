import { describe, expect, it } from 'vitest'
import { ConfigError } from '../errors.ts'
import type { ForeignLibrary } from './foreign-library.ts'
import { mpiAbi } from './mpi-abi.ts'

/** A library that has symbols of these names, each at the address that stands beside it. */
function libraryWith(addresses: Readonly<Record<string, bigint>>): ForeignLibrary {
  return {
    symbol: (name) => {
      if (name in addresses) return addresses[name]
      throw new Error(`no symbol ${name}`)
    },
    func: () => () => 0,
  }
}
const address = (symbol: unknown) => symbol as bigint

describe('the binary interface of an MPI library', () => {
  it('has addresses of its variables for handles in Open MPI', () => {
    const names = ['comm_world', 'byte', 'float', 'double', 'op_sum', 'errors_return']
    const library = libraryWith(
      Object.fromEntries(names.map((name, i) => [`ompi_mpi_${name}`, 4096n + BigInt(i)])),
    )
    // MPI_IN_PLACE is (void *) 1 and MPI_STATUS_IGNORE (MPI_Status *) 0 in Open MPI's mpi.h.
    expect(mpiAbi(library, { address }, 'libmpi.so')).toEqual({
      handle: 'uintptr_t',
      world: 4096n,
      types: { byte: 4097n, float32: 4098n, float64: 4099n },
      sum: 4100n,
      errorsReturn: 4101n,
      inPlace: 1,
      ignoredStatus: 0,
    })
  })

  it('has the numbers of its header in MPICH', () => {
    const abi = mpiAbi(libraryWith({ MPIR_F08_MPI_IN_PLACE: 1n }), { address }, 'libmpich.so')
    expect([abi.handle, abi.world, abi.sum, abi.inPlace]).toEqual(['int', 0x44000000, 0x58000003, -1])
  })

  it('is refused, with the name of the file, where it is neither', () => {
    expect(() => mpiAbi(libraryWith({}), { address }, 'libm.so.6')).toThrow(ConfigError)
    expect(() => mpiAbi(libraryWith({}), { address }, 'libm.so.6')).toThrow(
      /^libm\.so\.6: not a library of MPI/,
    )
  })
})

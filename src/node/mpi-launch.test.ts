import { describe, expect, it } from 'vitest'
import { mpiLaunch } from './mpi-launch.ts'

describe('what mpirun leaves in the environment', () => {
  // As Open MPI 4.1.4 and MPICH 4.0.2 left it.
  it.each([
    ['Open MPI', { OMPI_COMM_WORLD_SIZE: '2', OMPI_COMM_WORLD_RANK: '1', PMIX_RANK: '1' }, 2],
    ['MPICH', { PMI_SIZE: '3', PMI_RANK: '0', PMI_FD: '6', MPI_LOCALNRANKS: '3' }, 3],
  ])('tells %s and how many processes there are', (mpi, env, size) => {
    expect(mpiLaunch(env)).toEqual({ mpi, size })
  })

  it.each([[{}], [{ OMPI_COMM_WORLD_SIZE: '1' }], [{ PMI_SIZE: '' }]])(
    'says of %j that it is one alone',
    (env) => {
      expect(mpiLaunch(env)).toBeUndefined()
    },
  )
})

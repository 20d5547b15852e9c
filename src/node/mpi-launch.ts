/** Which MPI has started this process, told by what its `mpirun` leaves in the environment. */
export type MpiName = 'Open MPI' | 'MPICH'

export interface MpiLaunch {
  readonly mpi: MpiName
  /** Processes that were started together. */
  readonly size: number
}

/** MPICH's kin (Intel MPI, MVAPICH, Cray's) have its names; Slurm's `srun --mpi=pmi2` has them too. */
const SIZES: Readonly<Record<MpiName, string>> = { 'Open MPI': 'OMPI_COMM_WORLD_SIZE', MPICH: 'PMI_SIZE' }

/** Undefined for a process that stands alone: started without MPI, or as the only one. */
export function mpiLaunch(env: Readonly<Record<string, string | undefined>>): MpiLaunch | undefined {
  for (const mpi of Object.keys(SIZES) as MpiName[]) {
    const size = Number(env[SIZES[mpi]])
    if (size > 1) return { mpi, size }
  }
  return undefined
}

/** Which MPI has started this process, told by what its `mpirun` leaves in the environment. */
export type MpiName = 'Open MPI' | 'MPICH'

export interface MpiLaunch {
  readonly mpi: MpiName
  /** Processes that were started together. */
  readonly size: number
  /** Of these, how many on this machine. */
  readonly onThisMachine: number
}

/** MPICH's kin (Intel MPI, MVAPICH, Cray's) have its names; Slurm's `srun --mpi=pmi2` has them too. */
const NAMES = {
  'Open MPI': ['OMPI_COMM_WORLD_SIZE', 'OMPI_COMM_WORLD_LOCAL_SIZE'],
  MPICH: ['PMI_SIZE', 'MPI_LOCALNRANKS'],
} as const satisfies Readonly<Record<MpiName, readonly [string, string]>>

/** Undefined for a process that stands alone: started without MPI, or as the only one. */
export function mpiLaunch(env: Readonly<Record<string, string | undefined>>): MpiLaunch | undefined {
  for (const mpi of Object.keys(NAMES) as MpiName[]) {
    const [size, local] = NAMES[mpi].map((name) => Number(env[name]))
    if (size > 1) return { mpi, size, onThisMachine: local >= 1 ? local : size }
  }
  return undefined
}

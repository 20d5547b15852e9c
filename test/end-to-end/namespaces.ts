import { execFileSync, type SpawnSyncReturns } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Two network namespaces with a wire between them: for MPI two hosts, with the same files. */
export interface NamespacePair {
  /** Words that put a command into the first. */
  readonly enter: readonly string[]
  /** Words of `mpirun`, started in the first, for a process in each, which exchange over the wire alone. */
  readonly flags: readonly string[]
  remove(): void
}

/** Why there can be no namespaces here; undefined where there can. */
export function namespacesMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root makes network namespaces'
  try {
    ip('netns', 'add', NAMES[0])
    ip('netns', 'del', NAMES[0])
    return undefined
  } catch (error) {
    const { stderr } = error as SpawnSyncReturns<Buffer>
    return `ip makes no network namespace: ${stderr?.toString().trim() || 'it is not installed'}`
  }
}

const NAMES = [1, 2].map((i) => `maskwright-${process.pid}-${i}`)
const WIRE = '10.77.0'
const ENDS = ['mw-end-1', 'mw-end-2']

/** @param folder for the program that stands in for `ssh` */
export function namespacePair(folder: string): NamespacePair {
  for (const name of NAMES) ip('netns', 'add', name)
  const [a, b] = NAMES
  ip('link', 'add', ENDS[0], 'netns', a, 'type', 'veth', 'peer', 'name', ENDS[1], 'netns', b)
  for (const [i, name] of NAMES.entries()) {
    ip('-n', name, 'link', 'set', 'lo', 'up')
    ip('-n', name, 'addr', 'add', `${WIRE}.${i + 1}/24`, 'dev', ENDS[i])
    ip('-n', name, 'link', 'set', ENDS[i], 'up')
  }
  const agent = path.join(folder, 'enter.sh')
  writeFileSync(agent, `#!/bin/sh\nshift\nexec ${[...inside(b), 'sh', '-c'].join(' ')} "hostname ${b}; $*"\n`)
  chmodSync(agent, 0o755)
  const mca = {
    plm_rsh_agent: agent,
    oob_tcp_if_include: `${WIRE}.0/24`,
    btl_tcp_if_include: `${WIRE}.0/24`,
    btl: 'tcp,self',
    pml: 'ob1',
  }
  return {
    enter: [...inside(a), 'sh', '-c', `hostname ${a}; exec "$0" "$@"`],
    flags: [
      '--host',
      `${WIRE}.1,${WIRE}.2`,
      ...Object.entries(mca).flatMap(([name, value]) => ['--mca', name, value]),
    ],
    remove: () => {
      for (const name of NAMES) ip('netns', 'del', name)
    },
  }
}

/** Names of hosts are of another namespace: each gets its own, as two machines have. */
function inside(name: string): string[] {
  return ['ip', 'netns', 'exec', name, 'unshare', '--uts']
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' })
}

import { readFileSync } from 'node:fs'
import { platform } from 'node:os'

/**
 * The most bytes of memory that this process has held since it began. On Linux of this program alone: the figure of
 * `process.resourceUsage` starts with what the process that started it held.
 */
export function peakBytes(): number {
  if (platform() !== 'linux') return process.resourceUsage().maxRSS * 1024
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1')) ?? []
  return Number(kilobytes) * 1024
}

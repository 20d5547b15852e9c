import { execFileSync, spawnSync } from 'node:child_process'

/** Why tests of videos are left out on this machine; undefined where they are not. */
export const WITHOUT_FFMPEG =
  spawnSync('ffmpeg', ['-version']).status === 0 ? undefined : 'ffmpeg was not found on this machine'

/** Has ffmpeg make a file. */
export function makeVideo(path: string, ...args: readonly string[]): void {
  execFileSync('ffmpeg', ['-nostdin', '-loglevel', 'error', ...args, '-y', path])
}

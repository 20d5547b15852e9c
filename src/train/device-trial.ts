import { SessionError } from '../errors.ts'
import type { Device } from '../runtime/session.ts'
import { seconds } from './minute-plan.ts'
import { type Rehearsal, rehearse } from './rehearsal.ts'

/** Of losses, relative: float32 in another order. Later steps may come to other choices. */
const TOLERANCE = 1e-3
const COMPARED_STEPS = 2

type Tried = Omit<Parameters<typeof rehearse>[0], 'device' | 'val'>

/**
 * The device that a training should run on: `other` where its first steps have the losses that the processor's have, and take less
 * time; else `cpu`, and why is told. Rejects as `rehearse` does on the processor.
 * @param most milliseconds that each of the two may take, once two steps are over
 */
export async function fasterDevice<Other extends Device>(
  other: Other,
  options: Tried,
  most: number,
  tell: (line: string) => void,
): Promise<Other | 'cpu'> {
  tell(`comparing steps on the processor and on ${other}`)
  const onCpu = await rehearse({ ...options, device: 'cpu' }, most)
  let tried: Rehearsal
  try {
    tried = await rehearse({ ...options, device: other }, most)
    requireSame(onCpu, tried)
  } catch (error) {
    options.signal?.throwIfAborted()
    tell(`${other} is not used: ${(error as Error).message}`)
    return 'cpu'
  }
  const isFaster = tried.step < onCpu.step
  const [own, processors] = [tried, onCpu].map(({ step }) => seconds(step))
  tell(`a step takes ${own} s on ${other} and ${processors} s on the processor`)
  return isFaster ? other : 'cpu'
}

function requireSame(expected: Rehearsal, got: Rehearsal): void {
  for (let i = 0; i < COMPARED_STEPS && i < expected.losses.length; i++) {
    if (Math.abs(got.losses[i] / expected.losses[i] - 1) <= TOLERANCE) continue
    throw new SessionError('it computes another loss than the processor', {
      where: `step ${i + 1}`,
      expected: `${expected.losses[i]}`,
      got: `${got.losses[i]}`,
    })
  }
}

import { SessionError } from '../errors.ts'
import { float32, toNumbers } from '../tensor/tensor.ts'
import type { CreateSession, Device } from './session.ts'

export interface DeviceProbe {
  readonly device: Device
  readonly ok: boolean
  /** Why the device cannot be used, in one line. */
  readonly reason?: string
}

/**
 * Whether `device` can make a session of the probe model (`encodeProbeModel`), run it, and get the numbers right:
 * a driver that loads is no proof. Never throws.
 */
export async function probeDevice(
  create: CreateSession,
  device: Device,
  probeModel: Uint8Array,
): Promise<DeviceProbe> {
  try {
    const session = await create(probeModel, { device })
    try {
      const { y } = await session.run({ x: float32([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 3, 3]) })
      // The four sums are 37, 47, 67, 77.
      const right = [0, 0, 17, 27]
      const got = toNumbers(y)
      const ok = right.every((value, i) => Math.abs(value - got[i]) < 1e-3)
      return ok
        ? { device, ok }
        : { device, ok, reason: `computes ${got.join(' ')} instead of ${right.join(' ')}` }
    } finally {
      await session.dispose()
    }
  } catch (error) {
    return { device, ok: false, reason: error instanceof Error ? error.message : String(error) }
  }
}

/** The first device of `candidates` that passes the probe. Throws `SessionError` with the reasons where none does. */
export async function chooseDevice(
  create: CreateSession,
  candidates: readonly Device[],
  probeModel: Uint8Array,
): Promise<Device> {
  const reasons: string[] = []
  for (const candidate of candidates) {
    const { ok, reason } = await probeDevice(create, candidate, probeModel)
    if (ok) return candidate
    reasons.push(`${candidate}: ${reason}`)
  }
  throw new SessionError('no device can run the probe', { got: reasons.join('; ') || 'no candidates' })
}

/** Widths of bodies that are made narrower or wider all at once. */
import { z } from 'zod'

const MOST_WIDER = 8

export const widthMultiplier = z.number().positive().max(MOST_WIDER)

/** Channels scaled by a width, to a multiple of 8 that is not below nine tenths of them (as MobileNets have it). */
export function divisibleByEight(channels: number): number {
  const nearest = Math.max(8, Math.floor((channels + 4) / 8) * 8)
  return nearest < 0.9 * channels ? nearest + 8 : nearest
}

export type Color = readonly [red: number, green: number, blue: number]

/** Told apart at a glance; of middle brightness, so that lines of one pixel are seen on dark and on bright pictures. */
export const PALETTE: readonly Color[] = [
  [40, 140, 255],
  [255, 70, 85],
  [60, 200, 80],
  [170, 100, 255],
  [245, 150, 30],
  [20, 200, 215],
  [240, 75, 200],
]

/** A colour for the i-th class: those of the palette, then hues a golden angle apart. */
export function classColor(index: number): Color {
  if (index < PALETTE.length) return PALETTE[index]
  const hue = (index * 137.508 + 210) % 360
  const lightness = 0.55 + 0.12 * ((index % 3) - 1)
  return fromHsl(hue, 0.85, lightness)
}

/** Hue in degrees, saturation and lightness in 0..1, to 8-bit RGB (CSS Color 4, section 7.1). */
function fromHsl(hue: number, saturation: number, lightness: number): Color {
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12
    const a = saturation * Math.min(lightness, 1 - lightness)
    return Math.round(255 * (lightness - a * Math.max(-1, Math.min(k - 3, 9 - k, 1))))
  }
  return [channel(0), channel(8), channel(4)]
}

/** Even-odd rule at a point, by counting crossings to its right. */
function isInside(ring: readonly number[], x: number, y: number): boolean {
  let crossings = 0
  for (let i = 0; i < ring.length; i += 2) {
    const [x1, y1, x2, y2] = [ring[i], ring[i + 1], ring[(i + 2) % ring.length], ring[(i + 3) % ring.length]]
    if (y1 > y !== y2 > y && x1 + ((y - y1) / (y2 - y1)) * (x2 - x1) > x) crossings++
  }
  return crossings % 2 === 1
}

/** Pixels whose centre lies in the ring, row by row. */
export function bitmapOf(ring: readonly number[], height: number, width: number): number[] {
  return Array.from({ length: height * width }, (_, at) =>
    isInside(ring, (at % width) + 0.5, Math.floor(at / width) + 0.5) ? 1 : 0,
  )
}

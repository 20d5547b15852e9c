import type { Box } from '../../geometry/boxes.ts'
import { moveKeypoints } from '../keypoints.ts'
import type { Sample, SampleInstance } from '../sample.ts'
import { turned } from './orientation.ts'

/**
 * Turns the sample counter-clockwise by `turns` right angles (0 to 3); an odd number swaps width and height. One
 * turn takes column x, row y to column y, row W - 1 - x. Four are the identity.
 */
export function quarterTurn(sample: Sample, turns: number): Sample {
  const { width, height, data } = sample.image
  if (turns % 4 === 0) return sample
  const odd = turns % 2 === 1
  const size = { width: odd ? height : width, height: odd ? width : height }
  const turnPoint = (x: number, y: number) => {
    const [left, top] = turnBox([x, y, x, y], width, height, turns)
    return [left, top] as const
  }
  const turn = ({ box, label, mask, keypoints }: SampleInstance): SampleInstance => ({
    box: turnBox(box, width, height, turns),
    label,
    mask: mask && turnCells(mask, box[2] - box[0], box[3] - box[1], 1, turns),
    keypoints: keypoints && moveKeypoints(keypoints, size, turnPoint),
  })
  return {
    ...sample,
    image: { data: turnCells(data, width, height, 3, turns), ...size },
    instances: sample.instances.map(turn),
    orientation: turned(sample.orientation, turns),
  }
}

function turnBox([x1, y1, x2, y2]: Box, width: number, height: number, turns: number): Box {
  if (turns === 1) return [y1, width - x2, y2, width - x1]
  if (turns === 2) return [width - x2, height - y2, width - x1, height - y1]
  return [height - y2, x1, height - y1, x2]
}

/** @param depth bytes of a cell */
function turnCells(
  cells: Uint8Array,
  width: number,
  height: number,
  depth: number,
  turns: number,
): Uint8Array {
  const result = new Uint8Array(cells.length)
  // Where cell [0, 0] goes, and how far the target moves with each step right and down in the source.
  const [origin, right, down] =
    turns === 1
      ? [(width - 1) * height, -height, 1]
      : turns === 2
        ? [width * height - 1, -1, -width]
        : [height - 1, height, -1]
  let from = 0
  for (let y = 0; y < height; y++) {
    let to = (origin + y * down) * depth
    for (let x = 0; x < width; x++, to += right * depth) {
      for (let c = 0; c < depth; c++) result[to + c] = cells[from++]
    }
  }
  return result
}

// Draws what an exported model finds, with ONNX Runtime alone:
//   npx maskwright export --model nuclei --paste --out nuclei.onnx
//   node predict.mjs nuclei.onnx cells.png found.png
import * as ort from 'onnxruntime-node'
import sharp from 'sharp'

const [model, picture, out] = process.argv.slice(2)
const session = await ort.InferenceSession.create(model)
const { data, info } = await sharp(picture)
  .rotate()
  .removeAlpha()
  .toColourspace('srgb')
  .raw()
  .toBuffer({ resolveWithObject: true })
const { width, height, channels } = info
const image = new ort.Tensor('uint8', data, [height, width, channels])
const { scores, masks } = await session.run({ image }, ['scores', 'masks'])

const likely = [...scores.data.keys()].filter((i) => scores.data[i] >= 0.5)
for (const i of likely) {
  const mask = masks.data.subarray(i * height * width, (i + 1) * height * width)
  for (const [pixel, inside] of mask.entries()) if (inside) data[3 * pixel + (i % 3)] = 255
}
await sharp(data, { raw: { width, height, channels } }).toFile(out)
console.log(`${likely.length} found`)

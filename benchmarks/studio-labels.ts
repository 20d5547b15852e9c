/** How long a change of very many labels takes until it is saved, and what the studio's process needs; after `npm run build`. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPhotoStudio } from '../src/cli/studio/photo-studio.ts'
import { encodePng } from '../src/node/decode-image.ts'
import { writeFileAtomic } from '../src/node/files.ts'
import { argumentsOr } from './usage.ts'

const [SIDE, POINTS, CHANGES] = [1000, 12, 20]
const [images, objects] = argumentsOr('studio-labels.ts IMAGES OBJECTS', 2).map(Number)

function* labels(): Generator<string> {
  yield '{"images":[\n'
  for (let i = 1; i <= images; i++) {
    yield `${i > 1 ? ',\n' : ''}{"id":${i},"file_name":"${i}.png","width":${SIDE},"height":${SIDE}}`
  }
  yield '],"categories":[{"id":1,"name":"cell"}],"annotations":[\n'
  for (let i = 1; i <= objects; i++)
    yield `${i > 1 ? ',\n' : ''}${JSON.stringify(object(i, 1 + ((i - 1) % images)))}`
  yield ']}\n'
}

function object(id: number, image_id: number) {
  const [x, y, radius] = [100 + ((id * 37) % 800), 100 + ((id * 91) % 800), 20 + (id % 30)]
  const ring = Array.from({ length: POINTS }, (_, p) => {
    const angle = (2 * Math.PI * p) / POINTS
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)].map((at) => Math.round(at * 10) / 10)
  })
  const bbox = [x - radius, y - radius, 2 * radius, 2 * radius]
  const area = Math.round(Math.PI * radius ** 2)
  return { id, image_id, category_id: 1, iscrowd: 0, bbox, area, segmentation: [ring.flat()] }
}

const folder = mkdtempSync(join(tmpdir(), 'maskwright-studio-'))
const ended = new AbortController()
const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`
try {
  writeFileSync(
    join(folder, '1.png'),
    await encodePng({ data: new Uint8Array(SIDE * SIDE * 3), width: SIDE, height: SIDE }),
  )
  const file = join(folder, 'annotations.json')
  await writeFileAtomic(file, labels())
  console.log(`labels of ${images} images and ${objects} objects: ${megabytes(statSync(file).size)}`)
  let began = performance.now()
  const since = () => `${((performance.now() - began) / 1000).toFixed(2)} s`
  const studio = await openPhotoStudio(folder, { port: 0, signal: ended.signal })
  console.log(`open: ${since()}, ${megabytes(process.memoryUsage().rss)} in memory`)
  began = performance.now()
  const { annotations } = await (await fetch(`${studio.url}/api/project`)).json()
  console.log(`told to a page: ${since()}, ${annotations.length} objects`)
  const times: number[] = []
  for (let i = 1; i <= CHANGES; i++) {
    const own = [object(i, i), object(objects + i, i)]
    const start = performance.now()
    const answer = await fetch(`${studio.url}/api/images/${i}/annotations`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(own),
    })
    if (!answer.ok) throw new Error(await answer.text())
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  console.log(
    `a change until it is saved: ${times[CHANGES >> 1].toFixed(0)} ms, the longest of ${CHANGES} ${times[CHANGES - 1].toFixed(0)} ms`,
  )
  console.log(`in memory: ${megabytes(process.memoryUsage().rss)}`)
  began = performance.now()
  await studio.close()
  console.log(`close: ${since()}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeVideo, WITHOUT_FFMPEG } from '../../test/ffmpeg.ts'
import { commandIn } from '../../test/in-process.ts'
import { thinModelFile } from '../../test/thin-model.ts'
import { nodePlatform } from '../node/platform.ts'
import { openVideo } from '../node/video/open-video.ts'
import { trackVideo } from '../node.ts'
import { loadDetector } from '../predict/detector.ts'

const folder = mkdtempSync(join(tmpdir(), 'maskwright-predict-videos-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeAll(() => {
  writeFileSync(join(folder, 'thin.safetensors'), thinModelFile())
  writeFileSync(join(folder, 'empty.mp4'), 'nothing')
})
const predict = (...args: string[]) =>
  commandIn(folder, ['predict', ...args, '--model', 'thin.safetensors', '--threads', '1', '--score', '0.01'])
const jsonOf = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'))

describe('predict with videos', () => {
  it.each([
    [['a.mp4', 'b.png'], 'videos and images cannot go together: give the videos to a run of their own'],
    [['a.png', '--every', '2'], '--every is for videos'],
    [['a.mp4', '--format', 'csv'], '--format is for images'],
    [['a.mp4', '--from', '3', '--to', '2'], '--to must come after --from, which is 3'],
  ])('%s is wrong usage', async (args, message) => {
    const { status, stderr } = await predict(...args)
    expect([status, stderr]).toEqual([
      2,
      `maskwright predict: ${message}. See "maskwright predict --help".\n`,
    ])
  })

  describe.skipIf(WITHOUT_FFMPEG)('that ffmpeg reads', () => {
    beforeAll(() => {
      makeVideo(join(folder, 'clip.mp4'), '-f', 'lavfi', '-i', 'testsrc=s=64x48:r=5:d=1.2')
    })

    it('writes an overlay video and what was found, frame by frame', async () => {
      const { status, stdout, stderr } = await predict('clip.mp4', '--out', 'out')
      expect([status, stderr]).toEqual([
        0,
        expect.stringContaining('out/clip.mp4 and out/clip.json are written'),
      ])
      expect(stdout).toMatch(/^clip\.mp4: 6 frames, \d+ \w+ \([\d.]+ a frame\).*, \d+ ms a frame\n$/)
      const { videos, images, annotations, categories } = jsonOf('out/clip.json')
      expect(videos).toEqual([
        { id: 1, name: 'clip.mp4', width: 64, height: 48, frame_rate: 5, notes: expect.any(Array) },
      ])
      expect(images.map((image: { time: number }) => image.time)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
      expect(categories).toHaveLength(2)
      expect(annotations[0]).toMatchObject({ id: 1, image_id: 1, video_id: 1, instance_id: 1, iscrowd: 0 })
      expect(annotations[0].segmentation.size).toEqual([48, 64])
      // Pictures of up to 512 pixels are drawn at twice their size.
      const drawn = await openVideo(join(folder, 'out/clip.mp4'))
      expect([drawn.width, drawn.height, drawn.duration]).toEqual([128, 96, 1.2])
      let frames = 0
      for await (const _ of drawn.frames) frames++
      expect(frames).toBe(6)
    })

    it('prints one document of several, and goes on after one that it cannot read', async () => {
      const { status, stdout, stderr } = await predict(
        ...['empty.mp4', 'clip.mp4', '--every', '2', '--no-track', '--json', '--no-overlay', '--out', 'none'],
      )
      const { videos, images, annotations } = JSON.parse(stdout)
      expect(videos.map(({ name }: { name: string }) => name)).toEqual(['clip.mp4'])
      expect(images.map((image: { frame_id: number }) => image.frame_id)).toEqual([0, 2, 4])
      expect(annotations[0]).not.toHaveProperty('instance_id')
      expect(status).toBe(1)
      expect(stderr).toMatch(/^maskwright: empty\.mp4: not a video that ffmpeg can read: /m)
      expect(existsSync(join(folder, 'none'))).toBe(false)
    })

    it('replaces no video', async () => {
      copyFileSync(join(folder, 'clip.mp4'), join(folder, 'copy.mp4'))
      const { status, stderr } = await predict('copy.mp4', '--out', '.')
      expect(stderr).toBe(
        'maskwright: copy.mp4: file would be replaced, and lies among the inputs. Choose another folder with --out\n',
      )
      expect(status).toBe(1)
      expect(readdirSync(folder)).not.toContain('copy.json')
    })

    it('gives the same in code, and stops reading where the caller does', async () => {
      const detector = await loadDetector(nodePlatform, join(folder, 'thin.safetensors'), { threads: 1 })
      const found: number[] = []
      const tracks = trackVideo(detector, join(folder, 'clip.mp4'), { score: 0.01 })
      for await (const { frame, instances } of tracks) {
        found.push(instances.length)
        if (frame.time >= 0.4) break
      }
      await detector.dispose()
      const { annotations } = jsonOf('out/clip.json')
      const count = (id: number) => annotations.filter((a: { image_id: number }) => a.image_id === id).length
      expect(found).toEqual([1, 2, 3].map(count))
    })
  })
})

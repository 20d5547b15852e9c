import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { makeVideo, WITHOUT_FFMPEG } from '../../../test/ffmpeg.ts'
import { openVideo, type VideoOptions } from './open-video.ts'
import { ppmFrames } from './ppm-frames.ts'
import { isVideoSource } from './video-source.ts'
import { openVideoWriter } from './video-writer.ts'

const folder = mkdtempSync(join(tmpdir(), 'maskwright-video-'))
const at = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const timesOf = async (name: string, options?: VideoOptions) => {
  const video = await openVideo(at(name), options)
  const frames: { index: number; time: number; first: number[] }[] = []
  for await (const { index, time, data } of video.frames) {
    frames.push({ index, time, first: [...data.subarray(0, 3)] })
  }
  return { video, frames }
}

describe('pictures in a stream', () => {
  const header = new TextEncoder().encode('P6\n2 1\n255\n')
  const stream = Uint8Array.from([...header, 1, 2, 3, 4, 5, 6, ...header, 10, 80, 54, 10, 50, 32])

  it.each([1, 2, 5, 12, 100])('are the same in pieces of %d bytes', async (size) => {
    async function* pieces() {
      for (let i = 0; i < stream.length; i += size) yield stream.subarray(i, i + size)
    }
    const found: unknown[] = []
    for await (const { data, ...rest } of ppmFrames(pieces())) found.push({ ...rest, data: [...data] })
    expect(found).toEqual([
      { width: 2, height: 1, data: [1, 2, 3, 4, 5, 6] },
      { width: 2, height: 1, data: [10, 80, 54, 10, 50, 32] },
    ])
  })

  it('are refused where they are none', async () => {
    async function* other() {
      yield new Uint8Array(64)
    }
    await expect(ppmFrames(other()).next()).rejects.toThrow('ffmpeg gave something that is no picture')
  })
})

it('takes files by their ending for videos, and cameras', () => {
  expect(['a.MP4', 'b.mov', '/dev/video0', 'rtsp://camera/1'].every(isVideoSource)).toBe(true)
  expect(['a.gif', 'a.ts', 'mp4', 'https://x.org/a.mp4', '-'].some(isVideoSource)).toBe(false)
})

it('says what to install where there is no ffmpeg', async () => {
  writeFileSync(at('any.mp4'), '')
  vi.stubEnv('PATH', '')
  await expect(openVideo(at('any.mp4'))).rejects.toThrow(
    /^videos need ffmpeg, which was not found on this machine\. Install it, with "apt install ffmpeg"/,
  )
  vi.unstubAllEnvs()
})

describe.skipIf(WITHOUT_FFMPEG)(`a video${WITHOUT_FFMPEG ? ` (skipped: ${WITHOUT_FFMPEG})` : ''}`, () => {
  beforeAll(() => {
    // Frame n is grey of 20 n; the second is shown for three frames' time in `uneven`.
    const grey = ['-f', 'lavfi', '-i', "color=black:s=32x16:r=10:d=0.8,geq=lum='20*N':cb=128:cr=128"]
    makeVideo(at('clip.mkv'), ...grey, '-c:v', 'ffv1', '-pix_fmt', 'gbrp')
    makeVideo(
      at('uneven.mkv'),
      ...grey,
      ...['-vf', 'select=not(eq(n\\,2)+eq(n\\,3))', '-vsync', 'vfr', '-c:v', 'ffv1', '-pix_fmt', 'gbrp'],
    )
    makeVideo(
      at('whole.mp4'),
      ...['-f', 'lavfi', '-i', 'testsrc=s=64x48:r=25:d=4', '-movflags', '+faststart'],
    )
    makeVideo(at('turned.mov'), '-i', at('whole.mp4'), '-c', 'copy', '-metadata:s:v:0', 'rotate=90')
    const bytes = readFileSync(at('whole.mp4'))
    writeFileSync(at('broken.mp4'), bytes.subarray(0, Math.round(bytes.length * 0.6)))
    makeVideo(at('sound.mp4'), '-f', 'lavfi', '-i', 'sine=d=0.2')
  })

  it('gives frames with their times', async () => {
    const { video, frames } = await timesOf('clip.mkv')
    expect([video.width, video.height, video.frameRate]).toEqual([32, 16, 10])
    expect(frames.map(({ time }) => time)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    const [first, second] = [frames[1], frames[5]].map(({ first: [red] }) => red)
    expect(second).toBeGreaterThan(first + 60)
    expect(video.notes()).toEqual([])
  })

  it('gives every n-th, and a part', async () => {
    const of = async (options: VideoOptions) =>
      (await timesOf('clip.mkv', options)).frames.map(({ index, time }) => [index, time])
    expect(await of({ every: 3 })).toEqual([
      [0, 0],
      [3, 0.3],
      [6, 0.6],
    ])
    expect(await of({ from: 0.3, to: 0.5 })).toEqual([
      [0, 0.3],
      [1, 0.4],
    ])
  })

  it('keeps uneven times', async () => {
    const { frames } = await timesOf('uneven.mkv')
    expect(frames.map(({ time }) => time)).toEqual([0, 0.1, 0.4, 0.5, 0.6, 0.7])
  })

  it('is turned as its file says', async () => {
    const { video } = await timesOf('turned.mov', { to: 0.1 })
    expect([video.width, video.height]).toEqual([48, 64])
  })

  it('that breaks off gives what there is, and says so', async () => {
    const { video, frames } = await timesOf('broken.mp4')
    expect(frames.length).toBeGreaterThan(10)
    expect(frames.length).toBeLessThan(100)
    expect(video.notes()[0]).toMatch(/^ffmpeg found damage in the video: /)
  })

  it.each([
    ['nowhere.mp4', {}, /nowhere\.mp4: file does not exist$/],
    ['sound.mp4', {}, /sound\.mp4: not a video that ffmpeg can read: .*matches no streams/],
    ['any.mp4', {}, /any\.mp4: not a video that ffmpeg can read: /],
    ['clip.mkv', { from: 9 }, /clip\.mkv: video has no frame to read\. It may end before 9 s$/],
    ['clip.mkv', { every: 0 }, /every: option is wrong; expected a whole number of at least 1, got 0$/],
    ['clip.mkv', { to: 0 }, /to: option is wrong; expected seconds after 0, got 0$/],
  ])('%s with %o is refused', async (name, options, message) => {
    await expect(openVideo(at(name), options)).rejects.toThrow(message)
  })

  it('ends with an abort', async () => {
    const control = new AbortController()
    const { frames } = await openVideo(at('whole.mp4'), { signal: control.signal })
    await frames.next()
    control.abort()
    await expect(frames.next().then(() => frames.next())).rejects.toBe(control.signal.reason)
  })

  it('is written at a constant rate, and nothing is left of one that is not finished', async () => {
    const picture = (grey: number) => new Uint8Array(33 * 17 * 3).fill(grey)
    const writer = await openVideoWriter(at('written.mp4'), { width: 33, height: 17, frameRate: 10 })
    for (const [i, time] of [5, 5.1, 5.4].entries()) await writer.write(picture(60 * i), time)
    await writer.finish()
    const { video, frames } = await timesOf('written.mp4')
    expect([video.width, video.height]).toEqual([34, 18])
    const greys = frames.map(({ first: [red] }) => Math.round(red / 60))
    expect(greys).toEqual([0, 1, 1, 1, 2])
    const other = await openVideoWriter(at('other.mp4'), { width: 8, height: 8 })
    await other.write(new Uint8Array(192), 0)
    await other.discard()
    expect(readdirSync(folder).filter((name) => name.includes('other'))).toEqual([])
  })
})

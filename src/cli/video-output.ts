/** What is written of one video: frames with overlays, and a document of what was found. */
import type { Category } from '../data/dataset.ts'
import { labelPainter } from '../node/draw-labels.ts'
import { openTextFile } from '../node/text-file.ts'
import type { Video, VideoFrame } from '../node/video/open-video.ts'
import { openVideoWriter, type VideoWriter } from '../node/video/video-writer.ts'
import type { Instance } from '../predict/instance.ts'
import { type RenderOptions, renderOverlay } from '../predict/render.ts'
import { type VideoJson, videoJson } from '../predict/video-json.ts'
import { say } from './print.ts'

/** A document of several videos, and where its pieces go. */
export interface DocumentPart extends Pick<VideoJson, 'frame' | 'endVideo'> {
  readonly write: (text: string) => Promise<void>
}

export interface VideoOutputOptions {
  readonly video: Video
  readonly name: string
  readonly model: string
  readonly categories: readonly Category[]
  /** How overlays are drawn; without it none are. */
  readonly overlay?: RenderOptions
  /** Where what was found goes instead of a file of its own. */
  readonly document?: DocumentPart
}

export interface VideoOutput {
  add(frame: VideoFrame, instances: readonly Instance[]): Promise<void>
  /** Paths of the files that were written; of a video that was not read to its end they are named so. */
  finish(notes: readonly string[], isWhole: boolean): Promise<string[]>
  discard(): Promise<void>
}

/** What files of a video that was not read to its end are called. */
export function partialName(name: string): string {
  return `${name}-partial`
}

/** `place` is the path of the files without an ending. */
export async function openVideoOutput(
  place: string,
  { video, name, model, categories, overlay, document }: VideoOutputOptions,
): Promise<VideoOutput> {
  const own = document
    ? undefined
    : { ...videoJson(model, categories), file: await openTextFile(`${place}.json`) }
  await own?.file.write(own.begin)
  const json: Pick<VideoJson, 'frame' | 'endVideo'> = (own ?? document)!
  const write = own ? own.file.write : document!.write
  const paint = labelPainter()
  const classes = categories.map((category) => category.name)
  const { width, height, frameRate } = video
  let writer: VideoWriter | undefined
  const draw = async (frame: VideoFrame, instances: readonly Instance[], options: RenderOptions) => {
    const drawn = renderOverlay(frame, instances, { ...options, classes })
    if (!writer) {
      writer = await openVideoWriter(`${place}.mp4`, { width: drawn.width, height: drawn.height, frameRate })
      if (writer.codec !== 'H.264')
        say(`the ffmpeg of this machine has no libx264: overlays are ${writer.codec}`)
    }
    await writer.write(await paint(drawn, drawn.labels), frame.time)
  }
  return {
    async add(frame, instances) {
      await write(json.frame({ ...frame, instances }))
      if (overlay) await draw(frame, instances, overlay)
    },
    async finish(notes, isWhole) {
      const stem = isWhole ? place : partialName(place)
      const files: string[] = []
      json.endVideo({ name, width, height, frameRate, notes })
      if (writer) {
        await writer.finish(`${stem}.mp4`)
        files.push(`${stem}.mp4`)
      }
      if (own) {
        await own.file.write(own.end())
        await own.file.finish(`${stem}.json`)
        files.push(`${stem}.json`)
      }
      return files
    },
    async discard() {
      await writer?.discard()
      await own?.file.discard()
    },
  }
}

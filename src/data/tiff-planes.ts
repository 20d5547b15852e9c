import { parseXml, XmlElement } from '@rgrove/parse-xml'
import type { TiffPage } from './tiff-pages.ts'

/** Places of a page in a stack of several dimensions, each counted from 1. */
export interface Plane {
  readonly channel: number
  readonly slice: number
  readonly frame: number
}

/** How the pages of a TIFF file are the planes of one stack. */
export interface Planes {
  readonly channels: number
  readonly slices: number
  readonly frames: number
  /** Of the channels, where the file names them. */
  readonly names: readonly string[]
  /** @param page index among the pages, from 0 */
  at(page: number): Plane
  /** Inverse of `at`. */
  pageOf(plane: Plane): number
}

/**
 * What the description of the first page says of the others: OME's XML, or ImageJ's lines. Undefined where there is none, or
 * it does not count as many planes as there are pages.
 */
export function tiffPlanes(pages: readonly TiffPage[]): Planes | undefined {
  const sizes = omeSizes(pages[0].description) ?? imageJSizes(pages[0].description)
  if (!sizes) return undefined
  const { order, names } = sizes
  const count = { C: sizes.channels, Z: sizes.slices, T: sizes.frames }
  if (count.C * count.Z * count.T !== pages.length) return undefined
  return {
    channels: count.C,
    slices: count.Z,
    frames: count.T,
    names,
    at: (page) => {
      const place = { C: 0, Z: 0, T: 0 }
      let rest = page
      for (const axis of order) {
        place[axis] = rest % count[axis]
        rest = Math.floor(rest / count[axis])
      }
      return { channel: place.C + 1, slice: place.Z + 1, frame: place.T + 1 }
    },
    pageOf: ({ channel, slice, frame }) => {
      const place = { C: channel - 1, Z: slice - 1, T: frame - 1 }
      let [page, stride] = [0, 1]
      for (const axis of order) {
        page += place[axis] * stride
        stride *= count[axis]
      }
      return page
    },
  }
}

/** `channel 2 (GFP), slice 3 of 5`; what there is one of is left out. */
export function planeName(planes: Planes, page: number): string {
  const { channel, slice, frame } = planes.at(page)
  const name = planes.names[channel - 1]
  return [
    planes.channels > 1 && `channel ${channel}${name ? ` (${name})` : ''} of ${planes.channels}`,
    planes.slices > 1 && `slice ${slice} of ${planes.slices}`,
    planes.frames > 1 && `frame ${frame} of ${planes.frames}`,
  ]
    .filter(Boolean)
    .join(', ')
}

type Axis = 'C' | 'Z' | 'T'

interface Sizes {
  readonly channels: number
  readonly slices: number
  readonly frames: number
  /** From the fastest axis to the slowest. */
  readonly order: readonly Axis[]
  readonly names: readonly string[]
}

/** Of the first picture that OME's XML tells of. */
function omeSizes(description: string): Sizes | undefined {
  if (!/^\s*<.*<(\w+:)?Pixels\b/s.test(description)) return undefined
  const pixels = firstNamed(description, 'Pixels')
  if (!pixels) return undefined
  const size = (name: string) => Number(pixels.attributes[name] ?? 1)
  const channels = childrenNamed(pixels, 'Channel')
  const samples = Number(channels[0]?.attributes.SamplesPerPixel ?? 1)
  const order = (pixels.attributes.DimensionOrder ?? 'XYCZT').replace(/[XY]/g, '')
  if (!/^[CZT]{3}$/.test(order) || new Set(order).size !== 3) return undefined
  return {
    channels: size('SizeC') / samples,
    slices: size('SizeZ'),
    frames: size('SizeT'),
    order: [...order] as Axis[],
    names: channels.map(({ attributes }) => attributes.Name ?? ''),
  }
}

function firstNamed(xml: string, name: string): XmlElement | undefined {
  try {
    const waiting: XmlElement[] = [parseXml(xml).root].filter((root) => root !== null)
    for (const element of waiting) {
      if (localName(element) === name) return element
      for (const child of element.children) if (child instanceof XmlElement) waiting.push(child)
    }
  } catch {
    // Many programs write a text of their own there; a picture can be read without it.
  }
  return undefined
}

function childrenNamed(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => child instanceof XmlElement && localName(child) === name,
  )
}

function localName({ name }: XmlElement): string {
  return name.replace(/^.*:/, '')
}

function imageJSizes(description: string): Sizes | undefined {
  if (!description.startsWith('ImageJ=')) return undefined
  const lines = new Map(description.split('\n').map((line) => line.split('=', 2) as [string, string]))
  const size = (name: string) => Number(lines.get(name) ?? 1)
  const planes = { channels: size('channels'), slices: size('slices'), frames: size('frames') }
  return { ...planes, order: ['C', 'Z', 'T'], names: [] }
}

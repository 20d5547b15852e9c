import { parseXml, XmlElement, XmlError } from '@rgrove/parse-xml'
import { DataError } from '../../errors.ts'
import type { Box, Size } from '../../geometry/boxes.ts'
import { describe, isSide, SIDES } from '../json-fields.ts'

/** An annotation file of Pascal VOC: one image and its objects. */
export interface VocFile {
  readonly fileName: string
  /** Undefined where the file does not say. */
  readonly size?: Size
  readonly objects: readonly VocObject[]
}

export interface VocObject {
  readonly name: string
  /** In pixels that begin at 0; the file counts from 1 and includes the last pixel. */
  readonly box: Box
  readonly difficult: boolean
  /** What else the file says of the object and a data set does not hold: `pose`, `truncated`, `part`, ... */
  readonly extras: readonly string[]
}

/** Elements of an object that are read, or whose absence means the same as their usual value. */
const KNOWN = new Set(['name', 'bndbox', 'difficult'])
const USUAL = new Set(['', '0', 'unspecified', 'false'])

/** Throws `DataError` naming `where` for text that is no XML, XML of another kind, and objects without name or box. */
export function parseVocXml(text: string, where: string): VocFile {
  const root = rootOf(text, where)
  if (root.name !== 'annotation') {
    throw new DataError('XML is not of Pascal VOC', {
      where,
      expected: 'the outermost element <annotation>',
      got: `<${root.name}>`,
    })
  }
  const objects = childrenOf(root, 'object').map((object, i) =>
    parseObject(object, `${where}: object ${i + 1}`),
  )
  return { fileName: fileNameOf(root, where), size: parseSize(root, where), objects }
}

function rootOf(text: string, where: string): XmlElement {
  try {
    const { root } = parseXml(text)
    if (root) return root
  } catch (cause) {
    // Nesting deeper than the stack is no annotation either.
    const isXml = cause instanceof XmlError
    const reason = isXml ? cause.message.split('\n')[0].replace(/\.$/, '') : 'it is nested too deeply'
    throw new DataError(`file is not XML: ${reason}`, { where }, { cause })
  }
  throw new DataError('file is not XML: it has no element', { where })
}

function parseSize(root: XmlElement, where: string): Size | undefined {
  const size = childOf(root, 'size', where)
  if (!size) return undefined
  const [width, height] = ['width', 'height'].map((name) => numberIn(size, name, `${where}: size`))
  // Some tools write zeros where they do not know.
  if (width === 0 || height === 0) return undefined
  if (isSide(width) && isSide(height)) return { width, height }
  throw new DataError('"size" is wrong', {
    where,
    expected: `width and height of ${SIDES}`,
    got: `${width} x ${height}`,
  })
}

function parseObject(object: XmlElement, where: string): VocObject {
  const name = textOf(object, 'name', where)
  if (!name) throw new DataError('object has no name', { where, expected: '<name> with its class' })
  const bounds = childOf(object, 'bndbox', where)
  if (!bounds) throw new DataError('object has no box', { where, expected: '<bndbox>' })
  const at = `${where}: bndbox`
  const [xmin, ymin, xmax, ymax] = ['xmin', 'ymin', 'xmax', 'ymax'].map((key) => numberIn(bounds, key, at))
  const extras = object.children
    .filter((child) => child instanceof XmlElement)
    .filter((child) => !KNOWN.has(child.name) && !USUAL.has(child.text.trim().toLowerCase()))
    .map((child) => child.name)
  const difficult = /^(1|true)$/i.test(textOf(object, 'difficult', where) ?? '')
  return { name, box: [xmin - 1, ymin - 1, xmax, ymax], difficult, extras: [...new Set(extras)] }
}

function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children
    .filter((child) => child instanceof XmlElement)
    .filter((child) => child.name === name)
}

/** Throws `DataError` where there are several: none of them is to be chosen in silence. */
function childOf(element: XmlElement, name: string, where: string): XmlElement | undefined {
  const [child, ...others] = childrenOf(element, name)
  if (others.length === 0) return child
  throw new DataError(`<${name}> is there ${others.length + 1} times`, { where, expected: 'one' })
}

function textOf(element: XmlElement, name: string, where: string): string | undefined {
  return childOf(element, name, where)?.text.trim()
}

/** Spaces may be part of a name; a line of its own within the element is not. */
function fileNameOf(root: XmlElement, where: string): string {
  const text = childOf(root, 'filename', where)?.text ?? ''
  return text.includes('\n') ? text.trim() : text
}

function numberIn(element: XmlElement, name: string, where: string): number {
  const text = textOf(element, name, where)
  const number = Number(text)
  if (text && Number.isFinite(number)) return number
  throw new DataError(`<${name}> is ${text === undefined ? 'missing' : 'wrong'}`, {
    where,
    expected: 'a number of pixels',
    got: describe(text),
  })
}

/** What an annotation file is written from. */
export interface VocText extends VocFile {
  readonly folder: string
  readonly size: Size
  readonly segmented: boolean
}

/** The text of an annotation file; boxes have to be whole pixels. Inverse: `parseVocXml`. */
export function vocXml({ folder, fileName, size, segmented, objects }: VocText): string {
  const lines = [
    '<annotation>',
    `  <folder>${escaped(folder)}</folder>`,
    `  <filename>${escaped(fileName)}</filename>`,
    '  <source><database>Unknown</database></source>',
    `  <size><width>${size.width}</width><height>${size.height}</height><depth>3</depth></size>`,
    `  <segmented>${Number(segmented)}</segmented>`,
    ...objects.map(objectXml),
    '</annotation>',
  ]
  return `${lines.join('\n')}\n`
}

function objectXml({ name, box: [x1, y1, x2, y2], difficult }: VocObject): string {
  const box = `<xmin>${x1 + 1}</xmin><ymin>${y1 + 1}</ymin><xmax>${x2}</xmax><ymax>${y2}</ymax>`
  return [
    '  <object>',
    `    <name>${escaped(name)}</name>`,
    '    <pose>Unspecified</pose>',
    '    <truncated>0</truncated>',
    `    <difficult>${Number(difficult)}</difficult>`,
    `    <bndbox>${box}</bndbox>`,
    '  </object>',
  ].join('\n')
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Text of an element; characters that XML 1.0 cannot hold are left out. */
function escaped(text: string): string {
  return text.replace(/(?![\t\n\r])[\p{Cc}\ufffe\uffff]/gu, '').replace(/[&<>]/g, (c) => ENTITIES[c])
}

/** Settings that say why they are as they are: as a plain value, and as a file that people read. */

/** A value with the reason for it, which becomes a comment. */
export class Reasoned {
  readonly value: Setting
  readonly reason: string
  constructor(value: Setting, reason: string) {
    this.value = value
    this.reason = reason
  }
}

export type Setting = Reasoned | string | number | boolean | null | readonly Setting[] | Settings
/** Undefined members are left out. */
export interface Settings {
  readonly [key: string]: Setting | undefined
}

export function because(value: Setting, reason: string): Reasoned {
  return new Reasoned(value, reason)
}

/** The value without its reasons. */
export function plainValue(setting: Setting): unknown {
  if (setting instanceof Reasoned) return plainValue(setting.value)
  if (Array.isArray(setting)) return setting.map(plainValue)
  if (typeof setting !== 'object' || setting === null) return setting
  return Object.fromEntries(membersOf(setting as Settings).map(([key, value]) => [key, plainValue(value)]))
}

/** Columns of a line; a reason that does not fit beside its setting stands above it. */
const WIDTH = 110

/** The settings as a literal of TypeScript, reasons as comments. */
export function settingsText(settings: Settings, indent = ''): string {
  const lines = membersOf(settings).flatMap(([key, value]) => memberLines(key, value, `${indent}  `))
  return `{\n${lines.join('\n')}\n${indent}}`
}

function memberLines(key: string, setting: Setting, indent: string): string[] {
  const { value, reason } = setting instanceof Reasoned ? setting : { value: setting, reason: undefined }
  const inline = `${indent}${key}: ${inlineText(value)},`
  const isInline = !hasReasons(value) && (inline.length <= WIDTH || !isSettings(value))
  const lines = isInline ? [inline] : [`${indent}${key}: ${settingsText(value as Settings, indent)},`]
  if (reason === undefined) return lines
  const beside = `${inline} // ${reason}`
  return isInline && beside.length <= WIDTH ? [beside] : [`${indent}// ${reason}`, ...lines]
}

function inlineText(value: Setting): string {
  if (value instanceof Reasoned) return inlineText(value.value)
  if (Array.isArray(value)) return `[${value.map(inlineText).join(', ')}]`
  if (typeof value === 'string') return quoted(value)
  if (!isSettings(value)) return String(value)
  return `{ ${membersOf(value)
    .map(([key, member]) => `${key}: ${inlineText(member)}`)
    .join(', ')} }`
}

/** As JSON where it has a quote, a backslash or a control character. */
function quoted(text: string): string {
  const json = JSON.stringify(text)
  return json === `"${text}"` && !text.includes("'") ? `'${text}'` : json
}

function hasReasons(value: Setting): boolean {
  if (value instanceof Reasoned) return true
  return isSettings(value) && membersOf(value).some(([, member]) => hasReasons(member))
}

function isSettings(value: Setting): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Reasoned)
}

function membersOf(settings: Settings): [string, Setting][] {
  return Object.entries(settings).filter((entry): entry is [string, Setting] => entry[1] !== undefined)
}

import { ConfigError } from '../errors.ts'
import { codeOf } from './system-reasons.ts'

/** What is used of koffi: functions of C libraries, called by their addresses. */
export interface Koffi {
  load(path: string, options: { readonly global: boolean }): ForeignLibrary
  /** Where a symbol of a library lies. */
  address(symbol: unknown): bigint
}

type Given = bigint | number | ArrayBufferView | null

/** A library of C that is loaded. Both members throw for names that it does not have. */
export interface ForeignLibrary {
  symbol(name: string): unknown
  func(name: string, result: string, parameters: readonly string[]): ForeignFunction
}

export type ForeignFunction = (...given: Given[]) => number

/** Kept apart from the import: the package is optional, and the sources compile without it. */
const PACKAGE: string = 'koffi'

/** Throws `ConfigError` where the optional package is not installed or has no binary for this platform. */
export async function loadKoffi(what: string): Promise<Koffi> {
  try {
    const { default: koffi } = await import(PACKAGE)
    return koffi
  } catch (cause) {
    const isMissing = codeOf(cause) === 'ERR_MODULE_NOT_FOUND'
    const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : `${cause}`
    throw new ConfigError(
      `${what} needs the package koffi, which ${isMissing ? 'is not installed' : 'does not load'}`,
      { ...(!isMissing && { got: reason }), hint: 'Install it: npm install koffi' },
      { cause },
    )
  }
}

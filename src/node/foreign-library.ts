import { loadOptional } from './optional-package.ts'

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

/** Throws `ConfigError` where the optional package is not installed or has no binary for this platform. */
export async function loadKoffi(what: string): Promise<Koffi> {
  return (await loadOptional<{ readonly default: Koffi }>('koffi', what)).default
}

/** Several files that are replaced together. */
import { constants, copyFileSync, linkSync, lstatSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { DataError } from '../errors.ts'
import { makeFolder } from './files.ts'
import { FOLDER, reasonOf } from './system-reasons.ts'
import { holdTemporary, releaseTemporary, removeTemporary, temporaryName } from './temporary-files.ts'

/** Files that are written under temporary names, until all of them take their places. */
export interface FileTransaction {
  /** As `replaceFile`, but for taking the place of `target`. A target that is put twice gets what came last. */
  put(target: string, write: (temporary: string) => Promise<void>): Promise<void>
  /** Where the file lies that was put for a target; undefined where none was. */
  placeOf(target: string): string | undefined
  /** Makes a folder and those above it, which are removed again where nothing comes of it. */
  makeFolder(path: string): Promise<void>
}

/**
 * Has `work` put files, all of which then take their places, or none: where `work` or one of the renamings fails, or a signal
 * ends the process, everything is as it was (but for empty folders after a signal). Only a `kill -9` or a power cut amid the renamings can leave some of each, every
 * one of them whole. Throws `DataError` naming the file that could not be replaced.
 */
export async function allOrNone<T>(work: (files: FileTransaction) => Promise<T>): Promise<T> {
  const temporaries = new Map<string, string>()
  const folders: string[] = []
  try {
    const result = await work({
      put: async (path, write) => {
        const target = resolve(path)
        const temporary = await holdTemporary(target)
        try {
          await write(temporary)
        } catch (cause) {
          await removeTemporary(temporary)
          throw cause
        }
        const before = temporaries.get(target)
        if (before !== undefined) await removeTemporary(before)
        temporaries.set(target, temporary)
      },
      placeOf: (target) => temporaries.get(resolve(target)),
      makeFolder: async (path) => {
        folders.push(...(await missingFolders(resolve(path))))
        await makeFolder(path)
      },
    })
    replaceAll(temporaries)
    return result
  } catch (cause) {
    for (const temporary of temporaries.values()) await removeTemporary(temporary)
    for (const folder of folders.reverse()) removeEmpty(folder)
    throw cause
  }
}

/** Those that making a folder would make, the outermost first. */
async function missingFolders(path: string): Promise<string[]> {
  const missing: string[] = []
  for (let at = path; !(await stat(at).catch(() => undefined)) && dirname(at) !== at; at = dirname(at)) {
    missing.unshift(at)
  }
  return missing
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Others have put something there.
  }
}

/** Without a pause, so that no signal comes in between. What lies at a target has a second name until all are replaced. */
function replaceAll(temporaries: ReadonlyMap<string, string>): void {
  const replaced: { readonly target: string; readonly former?: string }[] = []
  try {
    for (const [target, temporary] of temporaries) {
      const former = keep(target)
      try {
        renameSync(temporary, target)
      } catch (cause) {
        if (former !== undefined) rmSync(former, { force: true })
        throw cannotReplace(target, reasonOf(cause), cause)
      }
      replaced.push({ target, former })
      releaseTemporary(temporary)
    }
  } catch (cause) {
    for (const { target, former } of replaced.reverse()) {
      if (former === undefined) rmSync(target, { force: true })
      else renameSync(former, target)
    }
    throw cause
  }
  for (const { former } of replaced) if (former !== undefined) rmSync(former, { force: true })
}

/** A second name for what lies at a path; a copy where the file system has no such names, undefined where nothing lies. */
function keep(target: string): string | undefined {
  const found = lstatSync(target, { throwIfNoEntry: false })
  if (!found) return undefined
  if (found.isDirectory()) throw cannotReplace(target, FOLDER)
  const former = temporaryName(target)
  try {
    linkSync(target, former)
  } catch {
    try {
      copyFileSync(target, former, constants.COPYFILE_FICLONE)
    } catch (cause) {
      rmSync(former, { force: true })
      throw cannotReplace(target, reasonOf(cause), cause)
    }
  }
  return former
}

function cannotReplace(where: string, reason: string, cause?: unknown): DataError {
  return new DataError(
    `cannot write the file: ${reason}`,
    { where, hint: 'All files stay as they were' },
    { cause },
  )
}

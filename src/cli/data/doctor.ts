import { stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Command } from 'commander'
import type { Check } from '../../doctor/check.ts'
import { CHECKS } from '../../doctor/checks.ts'
import { type CheckReport, countSeverities, examine, readRawCoco } from '../../doctor/examine.ts'
import type { RawCoco } from '../../doctor/raw-coco.ts'
import { repairSurvey } from '../../doctor/repair.ts'
import type { Survey } from '../../doctor/survey.ts'
import { ConfigError, DataError } from '../../errors.ts'
import { allOrNone } from '../../node/file-transaction.ts'
import { openChunks, writeFileAtomic } from '../../node/files.ts'
import type { CommandContext } from '../command-context.ts'
import { jsonFlag, listOf } from '../flags.ts'
import { printJson, printLine, say } from '../print.ts'
import { startProgress } from '../progress.ts'
import { loadDetectorScale } from './detector-scale.ts'
import { doctorDocument, doctorText, type Examination } from './doctor-report.ts'
import { findImageFolder, foldersFor } from './image-folders.ts'
import { probeFolder } from './probed-folder.ts'

interface DoctorFlags {
  /** Folders, or false where the images are not to be looked at. */
  readonly images?: readonly string[] | boolean
  readonly model?: string
  readonly fix?: string
  readonly only?: readonly string[]
  readonly skip?: readonly string[]
  readonly strict?: boolean
  readonly json?: boolean
}

const CHECK_NAMES = CHECKS.map(({ name }) => name)

export function doctorCommand({ signal, fail }: CommandContext): Command {
  return new Command('doctor')
    .description(
      'Find what is wrong with labelled data: COCO files and their images, several splits at once.',
    )
    .argument('<annotations...>', 'COCO files; several are compared as splits of one data set')
    .option(
      '--images <folder>',
      'folder of the images, once for all files or once for each (default: beside the file, or in images)',
      (folder: string, before: readonly string[] = []) => [...before, folder],
    )
    .option('--no-images', 'do not look at the images')
    .option(
      '--model <model>',
      'compare sizes with this model: a bundled or pulled one, or a model file (default: usual anchors)',
    )
    .option('--fix <out>', 'write a corrected copy: a file, or a folder where several files are given')
    .option('--only <checks>', 'run these checks alone, separated by commas', listOf(CHECK_NAMES))
    .option('--skip <checks>', 'leave these checks out, separated by commas', listOf(CHECK_NAMES))
    .option('--strict', 'end with 1 on warnings too')
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nEnds with 1 where errors are found, or are left after --fix; with 0 otherwise.' +
        '\n\nExamples:\n  $ maskwright data doctor train.json val.json --images images' +
        '\n  $ maskwright data doctor train.json --fix train-fixed.json',
    )
    .action(async (files: string[], flags: DoctorFlags) => {
      const checks = CHECKS.filter(
        ({ name }) => (flags.only?.includes(name) ?? true) && !flags.skip?.includes(name),
      )
      const outputs = flags.fix === undefined ? undefined : fixedPaths(files, flags.fix)
      const { survey, folders } = await readSurvey(files, flags, signal)
      const before = examineWithProgress(survey, checks)
      const examination: Examination = { survey, folders, checks, reports: before }
      let left = before
      if (outputs && flags.fix !== undefined) {
        const { survey: fixed, counts } = repairSurvey(survey, checks)
        const folder = files.length > 1 ? flags.fix : undefined
        await allOrNone(async (transaction) => {
          if (folder !== undefined) await transaction.makeFolder(folder)
          for (const [i, { document }] of fixed.files.entries()) {
            signal.throwIfAborted()
            await writeFileAtomic(outputs[i], jsonText(document), transaction)
          }
        })
        left = examineWithProgress(fixed, checks)
        examination.fixed = { outputs, counts, left }
      }
      if (flags.json) printJson(doctorDocument(examination))
      else for (const line of doctorText(examination)) printLine(line)
      const { error, warning } = countSeverities(left)
      if (error > 0 || (flags.strict && warning > 0)) fail()
    })
}

function examineWithProgress(survey: Survey, checks: readonly Check[]): CheckReport[] {
  const progress = startProgress(checks.length, 'checks')
  try {
    return examine(survey, checks, ({ name }, i) => progress.step(i, name))
  } finally {
    progress.end()
  }
}

/** A document in pieces, an entry of its lists on each line: no file is too large to be written. */
function* jsonText(document: Readonly<Record<string, unknown>>): Generator<string> {
  let before = '{'
  for (const [name, value] of Object.entries(document)) {
    yield `${before}\n${JSON.stringify(name)}: `
    before = ','
    if (!Array.isArray(value)) yield JSON.stringify(value)
    else {
      for (const [i, entry] of value.entries()) yield `${i === 0 ? '[\n' : ',\n'}${JSON.stringify(entry)}`
      yield value.length === 0 ? '[]' : '\n]'
    }
  }
  yield before === '{' ? '{}\n' : '\n}\n'
}

/** Where corrected copies go. Throws `ConfigError` where one would replace a file that is read, or another copy. */
function fixedPaths(files: readonly string[], out: string): string[] {
  const outputs = files.length === 1 ? [out] : files.map((file) => join(out, basename(file)))
  const inputs = files.map((file) => resolve(file))
  const taken = outputs.find((path, i) => inputs.includes(resolve(path)) || outputs.indexOf(path) !== i)
  if (taken === undefined) return outputs
  throw new ConfigError('a corrected copy would replace another file', {
    where: taken,
    hint: 'Choose another place with --fix: the files given stay as they are',
  })
}

async function readSurvey(
  files: readonly string[],
  { images, model }: DoctorFlags,
  signal: AbortSignal,
): Promise<{ survey: Survey; folders: (string | undefined)[] }> {
  const given = foldersFor(files, Array.isArray(images) ? images : [])
  const detector = await loadDetectorScale(model)
  const read: RawCoco[] = []
  const folders: (string | undefined)[] = []
  for (const [i, name] of files.entries()) {
    signal.throwIfAborted()
    await refuseFolder(name)
    const file = await readRawCoco(() => openChunks(name), name)
    const names = file.images.map(({ fileName }) => fileName)
    const folder = images === false ? undefined : await findImageFolder(dirname(name), names, given[i])
    if (images !== false && folder === undefined && names.length > 0) {
      say(
        `${name}: the images were not found beside the file, and are not looked at; give their folder with --images`,
      )
    }
    folders.push(folder)
    read.push(folder === undefined ? file : { ...file, probes: await probeFolder(folder, names, signal) })
  }
  return { survey: { files: read, detector }, folders }
}

async function refuseFolder(name: string): Promise<void> {
  if (!(await stat(name).catch(() => undefined))?.isDirectory()) return
  throw new DataError('this is a folder', {
    where: name,
    expected: 'a COCO file',
    hint: 'Data in other formats can be checked after "maskwright data convert"',
  })
}

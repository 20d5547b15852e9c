import { Command } from 'commander'
import type { Device } from '../runtime/session.ts'
import { aborted } from '../runtime/until-aborted.ts'
import { MODEL_HELP, sayChosen } from './chosen-model.ts'
import type { CommandContext } from './command-context.ts'
import { deviceFlag, numberFromZero, threadsFlag } from './flags.ts'
import { say } from './print.ts'

interface StudioFlags {
  readonly site?: string
  readonly labels?: string
  readonly model?: string
  readonly runs: string
  readonly set?: readonly string[]
  readonly port: number
  readonly device: Device | 'auto'
  readonly threads?: number
}

export function studioCommand({ signal }: CommandContext): Command {
  return new Command('studio')
    .description('Label the photos of a folder in a web page, with what a model finds as a start.')
    .argument('[photos]', 'folder of images')
    .option(
      '--labels <file>',
      'COCO file that labels are kept in, and gone on with where it is there (default: annotations.json among the photos)',
    )
    .option('--model <model>', `${MODEL_HELP}; what it finds is proposed`)
    .option('--runs <folder>', 'folder that trainings of the page are kept in', 'runs')
    .option(
      '--set <setting>',
      'a setting of these trainings, as "train" has it, for example augment.verticalFlip=0.5; may be repeated',
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .option(
      '--site <folder>',
      'instead: write the page as a site for any host of files, which keeps photos and labels in the browser',
    )
    .option('--port <port>', 'port to listen on; 0: any that is free', numberFromZero, 8090)
    .optionsGroup('Running:')
    .addOption(deviceFlag())
    .addOption(threadsFlag())
    .addHelpText(
      'after',
      '\nExamples:\n  $ maskwright studio photos\n  $ maskwright studio photos --model runs/photos\n  $ maskwright studio --site site',
    )
    .action(
      async (photos: string | undefined, { set = [], site, ...flags }: StudioFlags, command: Command) => {
        if ((photos === undefined) === (site === undefined))
          command.error('either a folder of photos or --site is needed')
        if (photos === undefined) return writeSite(site as string)
        const { openPhotoStudio } = await import('./studio/photo-studio.ts')
        const studio = await openPhotoStudio(photos, {
          ...flags,
          trainFlags: trainFlags(set, flags),
          signal,
          onProgress: sayChosen,
        })
        say(`labels are kept in ${studio.labelsFile}`)
        say(`the studio is open in a browser of this machine: ${studio.url}`)
        await aborted(signal)
        await studio.close()
      },
    )
}

async function writeSite(folder: string): Promise<void> {
  const { writeStudioSite } = await import('../node/studio-pages.ts')
  await writeStudioSite(folder)
  say(`the site is ${folder}: it works on any host of files, also below a path of its own`)
}

/** What a training takes over from the studio. */
function trainFlags(set: readonly string[], { device, threads }: StudioFlags): string[] {
  const settings = set.flatMap((setting) => ['--set', setting])
  return [...settings, '--device', device, ...(threads === undefined ? [] : ['--threads', `${threads}`])]
}

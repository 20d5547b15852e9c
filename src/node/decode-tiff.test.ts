import { describe, expect, it } from 'vitest'
import { tiffFile } from '../../test/tiff-file.ts'
import { decodeImage } from './decode-image.ts'

const size = { width: 4, height: 2 }
const ramp = [0, 1, 2, 3, 4, 5, 6, 7]
const back = [7, 6, 5, 4, 3, 2, 1, 0]
const two = ramp.flatMap((value, i) => [value, back[i]])
/** Values 0 to 7 shown as bytes of their own. */
const plain = { intensity: [0, 255] } as const

async function reds(bytes: Uint8Array, options = {}): Promise<number[]> {
  const { data } = await decodeImage(bytes, options)
  return Array.from({ length: data.length / 3 }, (_, i) => data[3 * i])
}

async function notes(bytes: Uint8Array, options = {}): Promise<readonly string[] | undefined> {
  return (await decodeImage(bytes, options)).notes
}

describe('samples of TIFF files', () => {
  it.each([
    ['bytes', Uint8Array],
    ['16 bits', Uint16Array],
    ['signed 16 bits', Int16Array],
    ['floats', Float32Array],
    ['doubles', Float64Array],
  ])('are read where the planes of channels lie apart: %s', async (_, kind) => {
    const planes = { ...size, channels: 2, isPlanar: true, extraSamples: [0] }
    const file = tiffFile({ ...planes, data: kind.from([...ramp, ...back]) })
    expect(await reds(file, plain)).toEqual(ramp)
    expect(await reds(file, { ...plain, channels: [2] })).toEqual(back)
    expect((await notes(file, plain))?.[0]).toBe('shown is channel 1 of 2; --channel chooses')
    const mixed = await decodeImage(file, { ...plain, channels: [2, 1, 2] })
    expect([...mixed.data.subarray(0, 6)]).toEqual([7, 0, 7, 6, 1, 6])
  })

  it('are read where planes of red, green and blue lie apart, or of zero that is white', async () => {
    const whites = { ...size, channels: 2, isPlanar: true, extraSamples: [0], photometric: 0 }
    const light = ramp.map((value) => 255 - value)
    for (const data of [Uint8Array.from([...back, ...light]), Float64Array.from([...back, ...light])]) {
      expect(await reds(tiffFile({ ...whites, data }), { ...plain, channels: [2] })).toEqual(ramp)
    }
    const colours = { ...size, channels: 3, isPlanar: true, photometric: 2 }
    for (const kind of [Uint16Array, Float64Array]) {
      const data = kind.from([...ramp, ...back, ...ramp])
      expect(await reds(tiffFile({ ...colours, data }), { ...plain, channels: [1, 2, 3] })).toEqual(ramp)
      expect(await reds(tiffFile({ ...colours, data }), { ...plain, channels: [2] })).toEqual(back)
    }
  })

  it('are read page by page where the planes of a stack lie apart', async () => {
    const planes = { ...size, channels: 2, isPlanar: true, extraSamples: [0] }
    const first = { ...planes, data: Uint16Array.from([...back, ...back]) }
    const second = { ...planes, data: Uint16Array.from([...back, ...ramp]) }
    expect(await reds(tiffFile(first, second), { ...plain, page: 2, channels: [2] })).toEqual(ramp)
  })

  it('are refused where planes are of no colours by themselves', async () => {
    const inks = { ...size, channels: 4, isPlanar: true, photometric: 5, data: new Uint8Array(32) }
    await expect(decodeImage(tiffFile(inks), { name: 'a.tif' })).rejects.toThrow(
      'a.tif: TIFF file keeps the parts of its colours apart, which is not read; expected planes of grey, or of red, green and blue, or interleaved channels (PlanarConfiguration 1), got planes of another kind (PlanarConfiguration 2, PhotometricInterpretation 5) on page 1. Save it with interleaved channels',
    )
  })

  it.each([
    ['bytes', Uint8Array.from(ramp)],
    ['16 bits', Uint16Array.from(ramp)],
    ['floats', Float32Array.from(ramp)],
    ['doubles', Float64Array.from(ramp)],
  ])('are read as they are, and upright where white is zero: %s', async (_, data) => {
    expect(await reds(tiffFile({ ...size, data }), plain)).toEqual(ramp)
    if (data.BYTES_PER_ELEMENT === 1) return
    const inverted = await reds(tiffFile({ ...size, data, photometric: 0 }), plain)
    expect(inverted).toEqual(ramp.map((value) => 255 - value))
  })

  it('may be negative', async () => {
    const data = Int16Array.from(ramp, (value) => value - 4)
    expect(await reds(tiffFile({ ...size, data }), { intensity: [-4, 251] })).toEqual(ramp)
    const many = { ...size, data: Int16Array.from(two, (value) => value - 4), channels: 2 }
    expect(await reds(tiffFile(many), { intensity: [-4, 251], channels: [2] })).toEqual(back)
  })

  it('of kinds that are not read are refused by name', async () => {
    const file = tiffFile({ ...size, data: Uint16Array.from(ramp) })
    const bits = file.findIndex((_, i) => file[i] === 2 && file[i + 1] === 1 && file[i + 2] === 3)
    file[bits + 8] = 12
    await expect(decodeImage(file)).rejects.toThrow(/TIFF file is of a kind that is not read; .*of 12 bits/)
  })
})

describe('channels', () => {
  const floats = Float32Array.from(two)
  it.each([
    ['bytes', Uint8Array.from(two)],
    ['16 bits', Uint16Array.from(two)],
    ['floats', floats],
  ])('beyond colours are told and can be chosen: %s', async (_, data) => {
    const file = tiffFile({ ...size, data, channels: 2 })
    expect(await reds(file, plain)).toEqual(ramp)
    expect((await notes(file, plain))?.[0]).toBe('shown is channel 1 of 2; --channel chooses')
    expect(await reds(file, { ...plain, channels: [2] })).toEqual(back)
    const mixed = await decodeImage(file, { ...plain, channels: [2, 1, 1] })
    expect([...mixed.data.subarray(0, 6)]).toEqual([7, 0, 0, 6, 1, 1])
    await expect(decodeImage(file, { channels: [3] })).rejects.toThrow(
      'image: image has no channel 3; expected 1 to 2',
    )
  })

  it('of alpha are none', async () => {
    const file = tiffFile({ ...size, data: Uint16Array.from(two), channels: 2, extraSamples: [2] })
    expect(await reds(file, plain)).toEqual(ramp)
    expect(await notes(file, plain)).toEqual(['16 bit, 0 to 255 shown as black to white'])
    await expect(decodeImage(file, { channels: [2] })).rejects.toThrow(
      'no channel 2; expected 1, the only channel',
    )
  })

  it('of four are red, green and blue where the file says so, and grey where it does not', async () => {
    const data = Uint8Array.from(ramp.flatMap((value) => [value, 50, 60, 70]))
    const colour = tiffFile({ ...size, data, channels: 4, photometric: 2, extraSamples: [0] })
    expect([...(await decodeImage(colour)).data.subarray(3, 6)]).toEqual([1, 50, 60])
    expect(await notes(colour)).toEqual(['shown are channels 1, 2 and 3 of 4; --channel chooses'])
    expect(await reds(colour, { channels: [4] })).toEqual(new Array(8).fill(70))
    const multi = tiffFile({ ...size, data, channels: 4, extraSamples: [0, 0, 0] })
    expect([...(await decodeImage(multi)).data.subarray(3, 6)]).toEqual([1, 1, 1])
    expect((await notes(multi))?.[0]).toBe('shown is channel 1 of 4; --channel chooses')
  })
})

describe('pages', () => {
  const [first, second] = [Uint16Array.from(ramp), Uint16Array.from(back)]

  it('are told and can be chosen; smaller copies are none', async () => {
    const file = tiffFile(
      { ...size, data: first },
      { width: 2, height: 1, data: Uint16Array.of(9, 9), subfileType: 1 },
      { ...size, data: second },
    )
    expect(await reds(file, plain)).toEqual(ramp)
    expect((await notes(file, plain))?.[0]).toBe('shown is page 1 of 2; --page chooses')
    expect(await reds(file, { ...plain, page: 2 })).toEqual(back)
    expect(await notes(file, { ...plain, page: 2 })).toEqual(['16 bit, 0 to 255 shown as black to white'])
    await expect(decodeImage(file, { page: 3 })).rejects.toThrow(
      'image: image has no page 3; expected 1 to 2',
    )
  })

  it.each([
    [
      'OME',
      '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image><Pixels DimensionOrder="XYCZT" SizeX="4" SizeY="2" SizeC="2" SizeZ="1" SizeT="1"><Channel Name="DAPI"/><Channel Name="GFP"/><TiffData/></Pixels></Image></OME>',
      ' (DAPI)',
      ' (GFP)',
    ],
    ['ImageJ', 'ImageJ=1.54f\nimages=2\nchannels=2\nhyperstack=true\n', '', ''],
  ])('are planes of a stack where the file says so: %s', async (_, description, name, other) => {
    const file = tiffFile({ ...size, data: first, description }, { ...size, data: second })
    expect(await reds(file, plain)).toEqual(ramp)
    expect((await notes(file, plain))?.[0]).toBe(
      `shown is channel 1${name} of 2; --channel or --page chooses`,
    )
    expect(await reds(file, { ...plain, channels: [2] })).toEqual(back)
    const mixed = await decodeImage(file, { ...plain, channels: [2, 1, 2] })
    expect([...mixed.data.subarray(0, 6)]).toEqual([7, 0, 7, 6, 1, 6])
    expect((await notes(file, { ...plain, page: 2 }))?.[0]).toBe(`page 2 is channel 2${other} of 2`)
  })

  it('that lead in a circle are refused', async () => {
    const file = tiffFile({ ...size, data: first })
    const next = 8 + 2 + 12 * new DataView(file.buffer).getUint16(8, true)
    file[next] = 8
    await expect(decodeImage(file)).rejects.toThrow('its pages lead in a circle')
  })
})

it('options that are none are refused before anything is read', async () => {
  const read = (options: object) => decodeImage('nowhere.tif', options)
  await expect(read({ intensity: [1, 1] })).rejects.toThrow('intensity: option is wrong')
  await expect(read({ page: 0 })).rejects.toThrow(
    'page: option is wrong; expected a whole number from 1 on, got 0',
  )
  await expect(read({ channels: [1, 2] })).rejects.toThrow('channels: option is wrong')
})
